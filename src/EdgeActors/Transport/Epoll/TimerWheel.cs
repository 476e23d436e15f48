namespace EdgeActors.Transport.Epoll;

/// <summary>Something with one deadline: a link of a slot's list.</summary>
internal abstract class WheelTimer
{
    internal WheelTimer? Next, Previous;
    internal long Due;
    internal int Slot = -1;

    /// <summary>On the reactor's thread, not before its time.</summary>
    public abstract void OnTimer(long now);
}

/// <summary>
/// Timers of one reactor: setting and cancelling cost a few writes, whatever the number. A timer is due at most one tick late. Deadlines
/// beyond one turn of the wheel stay in their slot and are looked at once a turn. Pure; times are milliseconds from any origin.
/// </summary>
internal sealed class TimerWheel(long now)
{
    public const int TickMs = 50;
    public const int Slots = 1024;

    private readonly WheelTimer?[] _slots = new WheelTimer?[Slots];
    private long _tick = now / TickMs;
    private int _count;

    public int Count => _count;

    /// <summary>Replaces an earlier deadline.</summary>
    public void Set(WheelTimer timer, long due)
    {
        Cancel(timer);
        // Never into the tick that is being worked off, or before.
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

    /// <summary>Runs what is due. A timer may set or cancel any timer, itself included.</summary>
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

    /// <summary>How long epoll_wait may sleep: -1 for ever, when there is no timer.</summary>
    public int SleepMs(long now) => _count == 0 ? -1 : (int)Math.Clamp((_tick + 1) * TickMs - now, 1, TickMs);

    private void RunSlot(int slot, long now)
    {
        // Taken off one by one: whatever a timer does to the others, the list is whole in between.
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
