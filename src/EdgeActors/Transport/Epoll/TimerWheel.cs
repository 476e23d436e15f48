namespace EdgeActors.Transport.Epoll;

/// <summary>A timer with one deadline, linked into its slot's list.</summary>
internal abstract class WheelTimer
{
    internal WheelTimer? Next, Previous;
    internal long Due;
    internal int Slot = -1;

    /// <summary>Called on the reactor's thread, never early.</summary>
    public abstract void OnTimer(long now);
}

/// <summary>Timers of one reactor. Set and cancel are O(1). A timer fires at most one tick late. Deadlines beyond one rotation stay in
/// their slot and are checked once per rotation. Pure; times are milliseconds from any origin.</summary>
internal sealed class TimerWheel(long now)
{
    public const int TickMs = 50;
    public const int Slots = 1024;

    private readonly WheelTimer?[] _slots = new WheelTimer?[Slots];
    private long _tick = now / TickMs;
    private int _count;

    public int Count => _count;

    /// <summary>Replaces any earlier deadline.</summary>
    public void Set(WheelTimer timer, long due)
    {
        Cancel(timer);
        // Never into the current or an earlier tick.
        var tick = Math.Max(due / TickMs + 1, _tick + 1);
        timer.Due = due;
        timer.Slot = (int)(tick % Slots);
        timer.Next = _slots[timer.Slot];
        if (timer.Next is not null)
            timer.Next.Previous = timer;
        _slots[timer.Slot] = timer;
        _count++;
    }

    public void Cancel(WheelTimer timer)
    {
        if (timer.Slot < 0)
            return;
        if (timer.Previous is not null)
            timer.Previous.Next = timer.Next;
        else
            _slots[timer.Slot] = timer.Next;
        if (timer.Next is not null)
            timer.Next.Previous = timer.Previous;
        timer.Next = timer.Previous = null;
        timer.Slot = -1;
        _count--;
    }

    /// <summary>Runs due timers. A timer may set or cancel any timer, including itself.</summary>
    public void Advance(long now)
    {
        var target = now / TickMs;
        if (target - _tick > Slots)
            _tick = target - Slots;
        while (_tick < target)
        {
            _tick++;
            RunSlot((int)(_tick % Slots), now);
        }
    }

    /// <summary>The epoll_wait timeout: -1 without timers.</summary>
    public int SleepMs(long now) => _count == 0 ? -1 : (int)Math.Clamp((_tick + 1) * TickMs - now, 1, TickMs);

    private void RunSlot(int slot, long now)
    {
        // Removed one by one, so that the list stays valid when a timer changes others.
        var timer = _slots[slot];
        while (timer is not null)
        {
            if (timer.Due > now)
            {
                timer = timer.Next;
                continue;
            }
            Cancel(timer);
            timer.OnTimer(now);
            timer = _slots[slot];
        }
    }
}
