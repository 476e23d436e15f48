using System.Diagnostics;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>Limits memory use: releases the garbage of startup and collects a grown old generation.</summary>
public static class HeapKeeper
{
    /// <summary>Longer than the background compiler runs after start, whose end frees most of the native heap.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>Starts when the process is ready. Collects the startup garbage with a blocking collection, then trims the native heap at
    /// intervals, since malloc releases only the top of the heap by itself.</summary>
    public static async Task Keep(CancellationToken ending)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var growth = new OldGenerations(OldBytes, Collections);
        var interval = Interval;
        while (true)
        {
            await Task.Delay(interval, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ending.IsCancellationRequested)
                return;
            TrimNative();
            if (!growth.IsDue(OldBytes, Collections))
                continue;
            var since = Stopwatch.GetTimestamp();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
            growth.Collected(OldBytes, Collections);
            // A large heap takes longer to collect: at most 1/500 of the time may be spent on it.
            interval = TimeSpan.FromTicks(Math.Max(Interval.Ticks, 500 * Stopwatch.GetElapsedTime(since).Ticks));
        }
    }

    /// <summary>Size of the older generations after the last collection.</summary>
    private static long OldBytes
    {
        get
        {
            var generations = GC.GetGCMemoryInfo(GCKind.Any).GenerationInfo;
            return generations[1].SizeAfterBytes + generations[2].SizeAfterBytes;
        }
    }

    private static int Collections => GC.CollectionCount(GC.MaxGeneration);

    internal static void TrimNative()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Native.TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no malloc_trim and retains less memory.
        }
    }
}

/// <summary>Decides on a collection of the older generations. In Akka.NET each connection replaces nodes of its parent's immutable child
/// tree; with thousands open these nodes are old, and the runtime does not collect them for many minutes.</summary>
/// <param name="bytes">The current size.</param>
/// <param name="collections">The number of collections.</param>
internal sealed class OldGenerations(long bytes, int collections)
{
    /// <summary>Below this a pause is not worthwhile.</summary>
    public const long Least = 2 << 20;

    /// <summary>The allowed growth as a divisor.</summary>
    public const int Part = 8;

    public bool IsDue(long size, int collectionsByNow)
    {
        if (collections == collectionsByNow)
            return size - bytes >= Math.Max(Least, bytes / Part);
        Collected(size, collectionsByNow);
        return false;
    }

    /// <summary>The size after a collection is the new baseline.</summary>
    public void Collected(long size, int collectionsByNow) => (bytes, collections) = (size, collectionsByNow);
}
