using System.Diagnostics;

namespace EdgeActors.Telemetry.Traffic;

/// <summary>
/// Events a second, of the last second: those of this one and, by the share of the last one that is still within a second, of the one before,
/// as HAProxy counts (freq_ctr.c). Any thread counts, by one exchange of one word. To be kept in a field, never copied.
/// </summary>
public struct RateMeter
{
    // Which second it is, events in it, events in the one before. The second wraps after 194 days, so a meter is wrong when it was quiet for
    // exactly that long; events stop at a million a second.
    private const int CountBits = 20;
    private const long MaxCount = (1L << CountBits) - 1;
    private const long SecondMask = (1L << 24) - 1;

    private long _state;
    private long _max;

    /// <summary>The most in any one second, as the clock divides them.</summary>
    public readonly long Max => Volatile.Read(in _max);

    /// <param name="now">A timestamp of <see cref="Stopwatch"/>; one that comes a little late counts into the second that has begun.</param>
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

    /// <summary>Events in the second before <paramref name="now"/>.</summary>
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
    /// <summary>Makes it at least <paramref name="to"/>. Mostly one read.</summary>
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
