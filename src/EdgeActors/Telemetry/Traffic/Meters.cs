using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>Events in the last second, computed like HAProxy's freq_ctr.c: the current second plus a share of the previous one.
/// Thread-safe: one interlocked exchange. Must be a field, never copied.</summary>
public struct RateMeter
{
    // Second, events in it, events in the previous one. The second wraps after 194 days: the rate is wrong after a pause of exactly that
    // length. Saturates at a million events per second.
    private const int CountBits = 20;
    private const long MaxCount = (1L << CountBits) - 1;
    private const long SecondMask = (1L << 24) - 1;

    private long _state;
    private long _max;

    /// <summary>The maximum per clock second.</summary>
    public readonly long Max => Volatile.Read(in _max);

    /// <param name="now">A <see cref="Stopwatch"/> timestamp; a late one counts into the current second.</param>
    public void Count(long now)
    {
        var second = (now / Stopwatch.Frequency) & SecondMask;
        var state = Volatile.Read(in _state);
        while (true)
        {
            var (count, before) = At(state, second, out var of);
            if (count < MaxCount)
                count++;
            var seen = Interlocked.CompareExchange(ref _state, Pack(of, count, before), state);
            if (seen == state)
            {
                Interlocks.Raise(ref _max, count);
                return;
            }
            state = seen;
        }
    }

    public readonly long PerSecond(long now)
    {
        var (count, before) = At(Volatile.Read(in _state), (now / Stopwatch.Frequency) & SecondMask, out _);
        return count + (before * (Stopwatch.Frequency - (now % Stopwatch.Frequency)) / Stopwatch.Frequency);
    }

    private static (long Count, long Before) At(long state, long second, out long of)
    {
        var last = (state >> (2 * CountBits)) & SecondMask;
        var count = (state >> CountBits) & MaxCount;
        of = second;
        switch ((second - last) & SecondMask)
        {
            case 0:
                return (count, state & MaxCount);
            case 1:
                return (0, count);
            case > SecondMask / 2:
                of = last;
                return (count, state & MaxCount);
            default:
                return (0, 0);
        }
    }

    private static long Pack(long second, long count, long before) => (second << (2 * CountBits)) | (count << CountBits) | before;
}

internal static class Interlocks
{
    /// <summary>Raises the value to at least <paramref name="to"/>; usually one read.</summary>
    public static void Raise(ref long highest, long to)
    {
        for (var seen = Volatile.Read(ref highest); to > seen;)
        {
            var now = Interlocked.CompareExchange(ref highest, to, seen);
            if (now == seen)
                return;
            seen = now;
        }
    }
}

/// <summary>Average and maximum over about 1,024 connections, as in HAProxy: each new value replaces one average share of the sum.
/// Thread-safe. Must be a field, never copied.</summary>
public struct SlidingAverage
{
    public const int Window = 1024;

    private long _sum;
    private long _max;

    public readonly TimeSpan Max => TimeSpan.FromTicks(Volatile.Read(in _max));

    /// <param name="samples">The number of samples, this one included.</param>
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

    /// <param name="samples">As for <see cref="Add"/>; 0 returns 0.</param>
    public readonly TimeSpan Average(long samples) =>
        TimeSpan.FromTicks(samples == 0 ? 0 : Volatile.Read(in _sum) / Math.Min(samples, Window));
}

/// <summary>A duration histogram with fixed buckets, so that histograms can be merged. Thread-safe: two interlocked operations per
/// value.</summary>
public sealed class TimeHistogram
{
    /// <summary>Upper bounds in seconds; one more bucket has the rest.</summary>
    private static readonly double[] Seconds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly long[] Ticks = [.. Seconds.Select(static bound => (long)(bound * TimeSpan.TicksPerSecond))];

    private readonly long[] _counts = new long[Seconds.Length + 1];
    private long _ticks;

    public static IReadOnlyList<double> Bounds => Seconds;

    /// <summary>The exporter's histogram, since OpenTelemetry has no observable histogram. Null: no export.</summary>
    public Histogram<double>? Instrument { get; set; }

    public TimeSpan Sum => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    /// <param name="bucket">0 to the number of <see cref="Bounds"/>; the last is the overflow.</param>
    /// <returns>The count of this bucket only.</returns>
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
