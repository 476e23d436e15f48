using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The sender of an Ask: takes one answer, and every later one is a dead letter.</summary>
public class FutureActorRef<T>(TaskCompletionSource<T> result, IActorRefProvider provider) : MinimalActorRef
{
    private ActorPath? _path;

    public override ActorPath Path => _path ?? Interlocked.CompareExchange(ref _path, Provider.TempPath(), null) ?? _path;

    public override IActorRefProvider Provider { get; } = provider;

    public override IInternalActorRef Parent => Provider.TempContainer;

    public override bool IsTerminated => result.Task.IsCompleted;

    public override bool Equals(IActorRef? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    protected override void TellInternal(object message, IActorRef? sender)
    {
        var taken = message switch
        {
            null => throw new InvalidMessageException(),
            T answer => result.TrySetResult(answer),
            Status.Failure failure => Fail(failure.Cause),
            Failure failure => Fail(failure.Exception),
            _ => result.TrySetException(new ArgumentException($"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]")),
        };
        if (!taken && !result.Task.IsCanceled)
            Provider.DeadLetters.Tell(Internal.DeadLetterRef.Wrap(message, sender, this), sender);
    }

    internal override void SendSystemMessage(SystemMessage message)
    {
        // Asking to be told of its death is answered when it dies, that is, when the answer is there.
        if (message is Watch watch)
        {
            result.Task.ContinueWith(
                _ => watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true)),
                TaskScheduler.Default);
        }
        else if (message is DeathWatchNotification notification)
        {
            TellInternal(new Terminated(notification.Actor, notification.ExistenceConfirmed, addressTerminated: false), notification.Actor);
        }
    }

    private bool Fail(Exception? cause) =>
        result.TrySetException(cause ?? new TaskCanceledException("Task cancelled by actor via Failure message."));
}
