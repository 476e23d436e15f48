using System.Diagnostics;

namespace Akka.Actor.Internal;

// A receive timeout that costs each message one look at the clock: the timer is left alone while messages come, and when it fires it is set again
// for what is left.
internal sealed class ReceiveTimeoutTimer
{
    private readonly ActorCell _cell;
    private readonly TimeSpan _timeout;
    private readonly ReceiveTimeoutTick _tick;
    private ICancelable? _timer;
    private long _last = Stopwatch.GetTimestamp();
    private bool _stopped;

    internal ReceiveTimeoutTimer(ActorCell cell, TimeSpan timeout)
    {
        _cell = cell;
        _timeout = timeout;
        _tick = new ReceiveTimeoutTick(this);
        Set(timeout);
    }

    internal void Touch() => _last = Stopwatch.GetTimestamp();

    internal void Stop()
    {
        _stopped = true;
        _timer?.Cancel();
    }

    /// <summary>Asked in the actor when the tick arrives. Sets the next one either way.</summary>
    internal bool IsDue()
    {
        if (_stopped)
            return false;
        var left = _timeout - Stopwatch.GetElapsedTime(_last);
        if (left > TimeSpan.Zero)
        {
            Set(left);
            return false;
        }

        Touch();
        Set(_timeout);
        return true;
    }

    private void Set(TimeSpan delay) => _timer = _cell.System.Scheduler.ScheduleTellOnceCancelable(delay, _cell.Self, _tick, ActorRefs.NoSender);
}

internal sealed class ReceiveTimeoutTick(ReceiveTimeoutTimer timer) : IAutoReceivedMessage, INotInfluenceReceiveTimeout, Event.IDeadLetterSuppression
{
    internal ReceiveTimeoutTimer Timer { get; } = timer;
}

internal sealed partial class ActorCell
{
    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        if (timeout is null && _extras?.ReceiveTimer is null)
            return;
        if (timeout < TimeSpan.FromMilliseconds(1))
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "A receive timeout must be at least 1 ms.");
        Extras.ReceiveTimer?.Stop();
        Extras.ReceiveTimeout = timeout;
        Extras.ReceiveTimer = timeout is { } time ? new ReceiveTimeoutTimer(this, time) : null;
    }
}
