using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>A <see cref="ConnectionRateCounter"/> without a clock: what was counted, and how long ago.</summary>
/// <param name="AgeMs">Since the current period began, less than a period.</param>
/// <param name="Current">Events of this period.</param>
/// <param name="Previous">Events of the one before.</param>
public readonly record struct RateHistory(uint AgeMs, uint Current, uint Previous)
{
    /// <summary>The same, so much later.</summary>
    public RateHistory After(uint ms, uint periodMs)
    {
        var age = (ulong)AgeMs + ms;
        return age < periodMs ? this with { AgeMs = (uint)age }
            : age < 2UL * periodMs ? new RateHistory((uint)(age - periodMs), 0, Current)
            : default;
    }

    /// <summary>The rate so much later.</summary>
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
