using System.Globalization;
using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>
/// Ask: a message whose answer completes a task. A <see cref="Status.Failure"/> faults it, no answer in time faults it with
/// <see cref="AskTimeoutException"/>, an answer of another type with <see cref="ArgumentException"/>.
/// </summary>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<object> Ask(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<object>(message, null, cancellationToken);

    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<T>(_ => message, timeout, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, Func<IActorRef, object> messageFactory, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var provider = Provider(self) ?? throw new ArgumentException("Unable to resolve the target Provider", nameof(self));
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var limit = timeout ?? provider.Settings.AskTimeout;
        if (limit > TimeSpan.Zero)
            FailAfter(result, limit, provider);
        if (cancellationToken.CanBeCanceled)
        {
            var registration = cancellationToken.Register(() => result.TrySetCanceled(cancellationToken));
            Afterwards(result, registration.Dispose);
        }

        var future = new FutureActorRef<T>(result, provider);
        self.Tell(messageFactory(future), future);
        return result.Task;
    }

    private static void FailAfter<T>(TaskCompletionSource<T> result, TimeSpan limit, IActorRefProvider provider)
    {
        var timer = provider.Settings.System.Scheduler.Advanced.ScheduleOnceCancelable(limit, () => result.TrySetException(
            new AskTimeoutException(string.Create(CultureInfo.InvariantCulture, $"Timeout after {limit.TotalSeconds:F2} seconds"))));
        Afterwards(result, timer.Cancel);
    }

    private static void Afterwards<T>(TaskCompletionSource<T> result, Action action) =>
        result.Task.ContinueWith((_, a) => ((Action)a!)(), action, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static IActorRefProvider? Provider(ICanTell target) => target switch
    {
        ActorSelection selection => Provider(selection.Anchor),
        IInternalActorRef actor => actor.Provider,
        _ => ActorCell.Current?.SystemImpl.Provider,
    };
}
