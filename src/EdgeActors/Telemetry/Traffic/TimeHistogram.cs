using System.Diagnostics.Metrics;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>How long something took, in fixed buckets: the same for all, so that they can be laid over each other. Any thread records, by two
/// interlocked steps.</summary>
public sealed class TimeHistogram
{
    /// <summary>Upper bounds, in seconds; what is longer is in one bucket more.</summary>
    private static readonly double[] Seconds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly long[] Ticks = [.. Seconds.Select(static bound => (long)(bound * TimeSpan.TicksPerSecond))];

    private readonly long[] _counts = new long[Seconds.Length + 1];
    private long _ticks;

    /// <summary>Upper bounds, in seconds.</summary>
    public static IReadOnlyList<double> Bounds => Seconds;

    /// <summary>Is told each time, as OpenTelemetry has no histogram that is read when it is exported. Null: nobody exports.</summary>
    public Histogram<double>? Instrument { get; set; }

    public TimeSpan Sum => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    /// <param name="bucket">0 to the number of <see cref="Bounds"/>, the last one being for all that is longer.</param>
    /// <returns>How many are in this bucket and no earlier one.</returns>
    public long In(int bucket) => Volatile.Read(ref _counts[bucket]);

    internal void Record(TimeSpan took)
    {
        var ticks = Math.Max(0, took.Ticks);
        var bucket = 0;
        while (bucket < Ticks.Length && ticks > Ticks[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _ticks, ticks);
        Instrument?.Record((double)ticks / TimeSpan.TicksPerSecond);
    }
}
