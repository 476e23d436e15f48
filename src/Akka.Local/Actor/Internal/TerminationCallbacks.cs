using Akka.Event;

namespace Akka.Actor.Internal;

/// <summary>What runs after the last actor has stopped, the last registered first.</summary>
internal sealed class TerminationCallbacks
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<Action> _callbacks = new();
    private bool _ran;

    internal Task Done => _done.Task;

    internal void Add(Action callback)
    {
        lock (_callbacks)
        {
            if (_ran)
                throw new InvalidOperationException("The actor system has terminated already.");
            _callbacks.Push(callback);
        }
    }

    internal void Run(ILoggingAdapter log)
    {
        while (true)
        {
            Action? next;
            lock (_callbacks)
            {
                if (!_callbacks.TryPop(out next))
                {
                    _ran = true;
                    break;
                }
            }

            try
            {
                next();
            }
            catch (Exception e)
            {
                log.Error(e, "A termination callback failed.");
            }
        }

        _done.TrySetResult();
    }
}
