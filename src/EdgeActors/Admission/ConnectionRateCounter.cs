using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Events in a sliding window: the current period's count, and the previous one's weighted by its share of the window. The same
/// integer arithmetic as HAProxy's <c>conn_rate</c>: exact for a burst, up to twice the limit across two periods.</summary>
/// <remarks>Times are monotonic milliseconds that wrap around at 2^32; a counter must not stay unused for that long.</remarks>
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

    /// <summary>Milliseconds for which the rate stays at <paramref name="limit"/> or above without another event; 0: unknown. Up to the end of
    /// the period, as only then the counts change.</summary>
    public readonly uint AtLeastFor(uint limit, uint nowMs, uint periodMs)
    {
        var remain = (int)(_tick + periodMs - nowMs);
        if (remain <= 0)
            return 0;
        if (_current >= limit)
            return (uint)remain;
        // The previous count weighs enough while remain >= (limit - current) * period / previous.
        var least = _previous == 0 ? int.MaxValue : (long)(((ulong)(limit - _current) * periodMs + _previous - 1) / _previous);
        return least < remain ? (uint)(remain - least) : 0;
    }

    /// <summary>Undoes the decay of the last <paramref name="ms"/>, in which no event was added.</summary>
    public void Hold(uint ms) => _tick += ms;

    public readonly RateHistory History(uint nowMs, uint periodMs) =>
        new RateHistory(0, _current, _previous).After(nowMs - _tick, periodMs);

    public void Add(in RateHistory other, uint nowMs, uint periodMs)
    {
        var own = History(nowMs, periodMs);
        // The merged period begins with the later of the two, so that no count expires early.
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
            // The period is over without a new event: its count becomes the previous one.
            remain += (int)periodMs;
            past = remain >= 0 ? current : 0;
            current = 0;
        }

        // A single old event counts until its window ends; its weight alone would round down to 0 at once.
        if (current == 0 && past <= 1)
            return past;
        return (uint)(((ulong)past * (uint)remain + (ulong)current * periodMs) / periodMs);
    }
}

/// <summary>A <see cref="ConnectionRateCounter"/> without a clock: counts of two periods and their age.</summary>
/// <param name="AgeMs">Since the start of the current period; less than a period.</param>
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

/// <summary>The clock of <see cref="ConnectionRateCounter"/>: monotonic milliseconds, wrapping around at 2^32.</summary>
public static class RateClock
{
    public static uint Now(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return unchecked((uint)(time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMillisecond));
    }
}
