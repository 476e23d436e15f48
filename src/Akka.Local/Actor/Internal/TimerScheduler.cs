using Akka.Event;

namespace Akka.Actor.Internal;

/// <summary>The timers of one instance. A message of a timer names the timer object itself; it counts only while that very object is set.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, TimerMessage> _timers = [];

    public IReadOnlyCollection<object> ActiveTimers => _timers.Keys;

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => StartPeriodicTimer(key, msg, interval, interval, null);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef? sender) => StartPeriodicTimer(key, msg, interval, interval, sender);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) => StartPeriodicTimer(key, msg, initialDelay, interval, null);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef? sender)
    {
        var timer = Replace(key, msg, repeats: true);
        timer.Task = cell.System.Scheduler.ScheduleTellRepeatedlyCancelable(initialDelay, interval, cell.Self, timer, sender);
    }

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => StartSingleTimer(key, msg, timeout, null);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef? sender)
    {
        var timer = Replace(key, msg, repeats: false);
        timer.Task = cell.System.Scheduler.ScheduleTellOnceCancelable(timeout, cell.Self, timer, sender);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
            timer.Task?.Cancel();
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values)
            timer.Task?.Cancel();
        _timers.Clear();
    }

    internal object? Claim(TimerMessage timer)
    {
        if (!_timers.TryGetValue(timer.Key, out var current) || !ReferenceEquals(current, timer))
            return null;
        if (!timer.Repeats)
            _timers.Remove(timer.Key);
        return timer.Message;
    }

    private TimerMessage Replace(object key, object msg, bool repeats)
    {
        Cancel(key);
        var timer = msg is INotInfluenceReceiveTimeout
            ? new QuietTimerMessage(key, msg, repeats)
            : new TimerMessage(key, msg, repeats);
        _timers[key] = timer;
        return timer;
    }
}

internal class TimerMessage(object key, object message, bool repeats) : IAutoReceivedMessage, IWrappedMessage, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    internal object Key { get; } = key;

    internal bool Repeats { get; } = repeats;

    internal ICancelable? Task { get; set; }

    public object Message { get; } = message;

    /// <summary>The message, or null when this timer is cancelled, replaced, or of an instance before the restart.</summary>
    internal object? Claim(TimerScheduler? timers) => timers?.Claim(this);
}

internal sealed class QuietTimerMessage(object key, object message, bool repeats) : TimerMessage(key, message, repeats), INotInfluenceReceiveTimeout;
