using System.Diagnostics;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Timers in a wheel of buckets, one bucket a tick. Setting and cancelling cost the same however many there are, a cancelled
/// timer is gone at once, and the thread sleeps to the next bucket that holds one, or for good while there is none.
/// </summary>
public sealed class HashedWheelTimerScheduler : IScheduler, IAdvancedScheduler, IDateTimeOffsetNowTimeProvider, IDisposable
{
    private readonly object _lock = new();
    private readonly WheelTimer?[] _wheel;
    private readonly long _tickDuration;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly ILoggingAdapter _log;
    private Thread? _thread;
    private int _count;
    private long _tick;
    private long _wakeTick = long.MaxValue;
    private bool _stopped;

    public HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log)
        : this(scheduler.GetTimeSpan("akka.scheduler.tick-duration"), scheduler.GetInt("akka.scheduler.ticks-per-wheel"), log)
    {
    }

    internal HashedWheelTimerScheduler(TimeSpan tickDuration, int ticksPerWheel, ILoggingAdapter log)
    {
        if (tickDuration < TimeSpan.FromMilliseconds(1))
            throw new ConfigurationException("akka.scheduler.tick-duration is below 1 ms.");
        if (ticksPerWheel is < 1 or > 1 << 20)
            throw new ConfigurationException("akka.scheduler.ticks-per-wheel is out of range.");
        _tickDuration = tickDuration.Ticks;
        _wheel = new WheelTimer?[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)ticksPerWheel)];
        _log = log;
    }

    public DateTimeOffset Now => DateTimeOffset.Now;

    public TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(_start);

    public TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(_start);

    public IAdvancedScheduler Advanced => this;

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) => TellOnce(delay, receiver, message, sender);

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new WheelTimer(this, receiver, message, sender, cancelable), delay, TimeSpan.Zero);

    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
        TellRepeatedly(initialDelay, interval, receiver, message, sender);

    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(new WheelTimer(this, receiver, message, sender, cancelable), initialDelay, CheckInterval(interval));

    public void ScheduleOnce(TimeSpan delay, Action action) => ScheduleOnce(delay, new ActionRunnable(action), null!);

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => ScheduleOnce(delay, new ActionRunnable(action), cancelable);

    public void ScheduleOnce(TimeSpan delay, IRunnable action) => ScheduleOnce(delay, action, null!);

    public void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Add(new WheelTimer(this, null, action, null, cancelable), delay, TimeSpan.Zero);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        ScheduleRepeatedly(initialDelay, interval, new ActionRunnable(action), null!);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        ScheduleRepeatedly(initialDelay, interval, new ActionRunnable(action), cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action) => ScheduleRepeatedly(initialDelay, interval, action, null!);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(new WheelTimer(this, null, action, null, cancelable), initialDelay, CheckInterval(interval));

    /// <summary>Ends the thread; what is still set is dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            Array.Clear(_wheel);
            _count = 0;
            Monitor.PulseAll(_lock);
        }
    }

    internal WheelTimer TellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender) =>
        Add(new WheelTimer(this, receiver, message, sender, null), delay, TimeSpan.Zero);

    internal WheelTimer TellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef? sender) =>
        Add(new WheelTimer(this, receiver, message, sender, null), initialDelay, CheckInterval(interval));

    internal void Remove(WheelTimer timer)
    {
        lock (_lock)
        {
            if (timer.IsSet)
                Unlink(timer);
        }
    }

    private static TimeSpan CheckInterval(TimeSpan interval) => interval > TimeSpan.Zero
        ? interval
        : throw new ArgumentOutOfRangeException(nameof(interval), interval, "An interval must be above zero.");

    private WheelTimer Add(WheelTimer timer, TimeSpan delay, TimeSpan interval)
    {
        if (delay < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(delay), delay, "A delay cannot be negative.");
        timer.Interval = interval.Ticks;
        timer.Due = Stopwatch.GetElapsedTime(_start).Ticks + delay.Ticks;
        lock (_lock)
        {
            if (_stopped)
                throw new SchedulerException("The scheduler is shut down: its actor system has terminated.");
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "akka.scheduler" };
                _thread.Start();
            }

            Link(timer);
        }

        return timer;
    }

    private void Link(WheelTimer timer)
    {
        // Rounded up, so that nothing fires early; never a tick that was served already.
        timer.Tick = Math.Max((timer.Due + _tickDuration - 1) / _tickDuration, _tick + 1);
        ref var head = ref _wheel[timer.Tick & (_wheel.Length - 1)];
        timer.Next = head;
        timer.Previous = null;
        if (head is not null)
            head.Previous = timer;
        head = timer;
        timer.IsSet = true;
        _count++;
        if (timer.Tick < _wakeTick)
        {
            _wakeTick = timer.Tick;
            Monitor.Pulse(_lock);
        }
    }

    private void Unlink(WheelTimer timer)
    {
        if (timer.Previous is null)
            _wheel[timer.Tick & (_wheel.Length - 1)] = timer.Next;
        else
            timer.Previous.Next = timer.Next;
        if (timer.Next is not null)
            timer.Next.Previous = timer.Previous;
        timer.Next = timer.Previous = null;
        timer.IsSet = false;
        _count--;
    }

    private void Run()
    {
        var due = new List<WheelTimer>();
        while (true)
        {
            lock (_lock)
            {
                if (_stopped)
                    return;
                if (!WaitForDue())
                    continue;
                TakeDue(due);
            }

            // In the order they were due; those of one tick were collected from a stack.
            due.Sort(static (a, b) => a.Due.CompareTo(b.Due));
            foreach (var timer in due)
                Fire(timer);
            due.Clear();
        }
    }

    /// <summary>Sleeps unless a bucket is due now. Every wake-up leads to a new look, as timers may have come or gone.</summary>
    private bool WaitForDue()
    {
        var now = NowTick();
        if (_count == 0)
        {
            _tick = now;
            _wakeTick = long.MaxValue;
            Monitor.Wait(_lock);
            return false;
        }

        _wakeTick = NextOccupied();
        if (_wakeTick <= now)
            return true;
        _tick = Math.Max(_tick, Math.Min(now, _wakeTick - 1));
        var milliseconds = ((_wakeTick * _tickDuration) - Stopwatch.GetElapsedTime(_start).Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        if (milliseconds > 0)
            Monitor.Wait(_lock, (int)Math.Min(milliseconds, int.MaxValue));
        return false;
    }

    private long NextOccupied()
    {
        for (var tick = _tick + 1; tick <= _tick + _wheel.Length; tick++)
        {
            if (_wheel[tick & (_wheel.Length - 1)] is not null)
                return tick;
        }

        return _tick + _wheel.Length;
    }

    private void TakeDue(List<WheelTimer> due)
    {
        var now = NowTick();
        var last = Math.Min(now, _tick + _wheel.Length);
        for (var tick = _tick + 1; tick <= last; tick++)
        {
            for (var timer = _wheel[tick & (_wheel.Length - 1)]; timer is not null;)
            {
                var next = timer.Next;
                if (timer.Tick <= now)
                {
                    Unlink(timer);
                    due.Add(timer);
                }

                timer = next;
            }
        }

        _tick = now;
        foreach (var timer in due)
        {
            if (timer.Interval <= 0 || timer.IsCancellationRequested)
                continue;
            // Fixed rate, but a late one does not make up for lost ticks in a burst.
            var next = timer.Due + timer.Interval;
            var elapsed = Stopwatch.GetElapsedTime(_start).Ticks;
            timer.Due = next < elapsed - timer.Interval ? elapsed : next;
            Link(timer);
        }
    }

    private long NowTick() => Stopwatch.GetElapsedTime(_start).Ticks / _tickDuration;

    private void Fire(WheelTimer timer)
    {
        try
        {
            timer.Fire();
        }
        catch (Exception e)
        {
            _log.Error(e, "Failed to run a scheduled task.");
        }
    }
}
