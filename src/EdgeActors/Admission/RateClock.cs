namespace EdgeActors.Admission;

/// <summary>The clock of <see cref="ConnectionRateCounter"/>: milliseconds since an arbitrary moment, wrapping around at 2^32.</summary>
public static class RateClock
{
    /// <summary>The time now. Never runs backwards.</summary>
    public static uint Now(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return unchecked((uint)(time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMillisecond));
    }
}
