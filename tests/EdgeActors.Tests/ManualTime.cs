namespace EdgeActors.Tests;

/// <summary>A clock that stands still until it is moved. Its timers fire while it is moved, in the thread that moves it.</summary>
internal sealed class ManualTime(long frequency = 1_000_000_000) : TimeProvider
{
    private readonly List<ManualTimer> _timers = [];
    private long _timestamp;

    public override long TimestampFrequency => frequency;

    public override long GetTimestamp() => Volatile.Read(ref _timestamp);

    public void MoveTo(long timestamp) => Volatile.Write(ref _timestamp, timestamp);

    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _timestamp, Ticks(by));
        ManualTimer[] timers;
        lock (_timers)
            timers = [.. _timers];
        foreach (var timer in timers)
            timer.FireIfDue();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_timers)
            _timers.Add(timer);
        return timer;
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * frequency);

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private readonly Lock _lock = new();
        private TimeSpan _period;
        private long? _due;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
                (_due, _period) = (dueTime < TimeSpan.Zero ? null : time.GetTimestamp() + time.Ticks(dueTime), period);
            return true;
        }

        /// <summary>Once, even if several periods have passed.</summary>
        public void FireIfDue()
        {
            lock (_lock)
            {
                if (_due is not { } due || due > time.GetTimestamp())
                    return;
                _due = _period <= TimeSpan.Zero ? null : time.GetTimestamp() + time.Ticks(_period);
            }
            callback(state);
        }

        public void Dispose()
        {
            lock (time._timers)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
