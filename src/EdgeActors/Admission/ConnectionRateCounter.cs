using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// Events in a sliding period, from two counts: this period's, and the last one's weighted by how much of it the window still covers.
/// The same whole-number arithmetic as HAProxy's <c>conn_rate</c>, so that a limit means the same here and there: exact for a burst,
/// and up to twice the limit at worst in a window that straddles two periods. Falls to zero two periods after the last event.
/// </summary>
/// <remarks>
/// Times are milliseconds that wrap around at 2^32 and never run backwards. Differences survive the wrap, but a counter that is not
/// touched for 2^32 ms cannot tell that from no time at all: <see cref="AddressTable"/> forgets it long before.
/// </remarks>
public struct ConnectionRateCounter
{
    private uint _tick;
    private uint _current;
    private uint _previous;

    public ConnectionRateCounter(uint nowMs) => _tick = nowMs;

    /// <summary>Counts one event and returns the rate with it.</summary>
    public uint Add(uint nowMs, uint periodMs)
    {
        if (nowMs - _tick >= periodMs)
        {
            _previous = _current;
            _current = 0;
            _tick += periodMs;
            if (nowMs - _tick >= periodMs)
            {
                _previous = 0;
                _tick = nowMs;
            }
        }

        _current++;
        return Read(nowMs, periodMs);
    }

    /// <summary>The counts at <paramref name="nowMs"/>, without a clock.</summary>
    public readonly RateHistory History(uint nowMs, uint periodMs) =>
        new RateHistory(0, _current, _previous).After(nowMs - _tick, periodMs);

    /// <summary>Adds the counts of another counter.</summary>
    public void Add(in RateHistory other, uint nowMs, uint periodMs)
    {
        var own = History(nowMs, periodMs);
        // Two periods that began at different times become one that began with the later: nothing is forgotten early for it.
        _tick = nowMs - Math.Min(own is { Current: 0, Previous: 0 } ? other.AgeMs : own.AgeMs, other.AgeMs);
        _current = own.Current + other.Current;
        _previous = own.Previous + other.Previous;
    }

    /// <summary>Events in the period that ends at <paramref name="nowMs"/>, rounded down.</summary>
    public readonly uint Read(uint nowMs, uint periodMs)
    {
        var remain = (int)(_tick + periodMs - nowMs);
        var (past, current) = (_previous, _current);
        if (remain < 0)
        {
            // Beyond the period without an event to begin the next: what was current is past.
            remain += (int)periodMs;
            past = remain >= 0 ? current : 0;
            current = 0;
        }

        // A single old event would show as 0 as soon as its weight falls below one; it counts until its window ends.
        if (current == 0 && past <= 1)
            return past;
        return (uint)(((ulong)past * (uint)remain + (ulong)current * periodMs) / periodMs);
    }
}

/// <summary>A <see cref="ConnectionRateCounter"/> without a clock: what was counted, and how long ago.</summary>
/// <param name="AgeMs">Since the current period began, less than a period.</param>
/// <param name="Current">Events of this period.</param>
/// <param name="Previous">Events of the one before.</param>
public readonly record struct RateHistory(uint AgeMs, uint Current, uint Previous)
{
    public RateHistory After(uint ms, uint periodMs)
    {
        var age = (ulong)AgeMs + ms;
        return age < periodMs ? this with { AgeMs = (uint)age }
            : age < 2UL * periodMs ? new RateHistory((uint)(age - periodMs), 0, Current)
            : default;
    }

    public uint Rate(TimeSpan later, TimeSpan per)
    {
        if (later > RateLimitSettings.MaxPeriod)
            return 0;
        var period = (uint)per.TotalMilliseconds;
        var counter = default(ConnectionRateCounter);
        counter.Add(After((uint)later.TotalMilliseconds, period), 0, period);
        return counter.Read(0, period);
    }
}

/// <summary>The clock of <see cref="ConnectionRateCounter"/>: milliseconds since an arbitrary moment, wrapping around at 2^32.</summary>
public static class RateClock
{
    /// <summary>Never runs backwards.</summary>
    public static uint Now(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return unchecked((uint)(time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMillisecond));
    }
}
