using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>One timer of the wheel, and the handle that cancels it.</summary>
internal sealed class WheelTimer(HashedWheelTimerScheduler owner, ICanTell? receiver, object payload, IActorRef? sender, ICancelable? cancelable)
    : ICancelable
{
    private volatile bool _cancelled;
    private CancellationTokenSource? _source;

    internal WheelTimer? Next { get; set; }

    internal WheelTimer? Previous { get; set; }

    internal bool IsSet { get; set; }

    /// <summary>The tick of the wheel at which it fires.</summary>
    internal long Tick { get; set; }

    /// <summary>In 100 ns since the scheduler started.</summary>
    internal long Due { get; set; }

    /// <summary>In 100 ns; zero when it fires once.</summary>
    internal long Interval { get; set; }

    public bool IsCancellationRequested => _cancelled || cancelable is { IsCancellationRequested: true };

    public CancellationToken Token
    {
        get
        {
            if (_source is null)
                Interlocked.CompareExchange(ref _source, new CancellationTokenSource(), null);
            if (_cancelled)
                _source.Cancel();
            return _source.Token;
        }
    }

    public void Cancel() => Cancel(false);

    public void Cancel(bool throwOnFirstException)
    {
        if (_cancelled)
            return;
        _cancelled = true;
        owner.Remove(this);
        Volatile.Read(ref _source)?.Cancel(throwOnFirstException);
    }

    public void CancelAfter(TimeSpan delay) => owner.ScheduleOnce(delay, Cancel);

    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));

    /// <summary>Tells are made here and now, which costs less than handing them over; code goes to the pool, for it may take its time.</summary>
    internal void Fire()
    {
        if (IsCancellationRequested)
            return;
        if (receiver is null)
            ThreadPool.UnsafeQueueUserWorkItem((IRunnable)payload, preferLocal: false);
        else
            receiver.Tell(payload, sender);
    }
}
