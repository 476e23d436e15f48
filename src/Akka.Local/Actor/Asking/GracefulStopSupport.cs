using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public static class GracefulStopSupport
{
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) => target.GracefulStop(timeout, PoisonPill.Instance);

    /// <summary>Tells the message and is done when the actor has stopped. False when it had not in time.</summary>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        var stopped = target.WatchAsync(out var unwatch);
        target.Tell(stopMessage, ActorRefs.NoSender);
        try
        {
            return await stopped.WaitAsync(timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            unwatch();
            return false;
        }
    }

    /// <summary>Done when the actor has stopped.</summary>
    public static async Task<bool> WatchAsync(this IActorRef target, CancellationToken token = default)
    {
        var stopped = target.WatchAsync(out var unwatch);
        try
        {
            return await stopped.WaitAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            unwatch();
            return false;
        }
    }

    private static Task<bool> WatchAsync(this IActorRef target, out Action unwatch)
    {
        var actor = (IInternalActorRef)target;
        var result = new TaskCompletionSource<Terminated>(TaskCreationOptions.RunContinuationsAsynchronously);
        var watcher = new FutureActorRef<Terminated>(result, actor.Provider);
        actor.SendSystemMessage(new Watch(actor, watcher));
        unwatch = () => actor.SendSystemMessage(new Unwatch(actor, watcher));
        return Answer(result.Task, target);

        static async Task<bool> Answer(Task<Terminated> task, IActorRef target) =>
            (await task.ConfigureAwait(false)).ActorRef.Equals(target);
    }
}
