namespace EdgeActors.Telemetry.Traffic;

/// <summary>
/// Average and maximum of a time over about the last 1,024 connections, as HAProxy's: a sum that loses an average share with each new
/// value. Any thread adds. To be kept in a field, never copied.
/// </summary>
public struct SlidingAverage
{
    public const int Window = 1024;

    private long _sum;
    private long _max;

    public readonly TimeSpan Max => TimeSpan.FromTicks(Volatile.Read(in _max));

    /// <param name="samples">How many there have been, this one included.</param>
    public void Add(TimeSpan value, long samples)
    {
        var ticks = Math.Max(0, value.Ticks);
        Interlocks.Raise(ref _max, ticks);
        if (samples <= Window)
        {
            Interlocked.Add(ref _sum, ticks);
            return;
        }
        for (var seen = Volatile.Read(in _sum); ;)
        {
            var now = Interlocked.CompareExchange(ref _sum, seen - (seen / Window) + ticks, seen);
            if (now == seen)
                return;
            seen = now;
        }
    }

    /// <param name="samples">As for <see cref="Add"/>. Zero samples have an average of zero.</param>
    public readonly TimeSpan Average(long samples) =>
        TimeSpan.FromTicks(samples == 0 ? 0 : Volatile.Read(in _sum) / Math.Min(samples, Window));
}
