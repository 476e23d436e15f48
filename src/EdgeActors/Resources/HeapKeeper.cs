using System.Diagnostics;
using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>Keeps a process as small as what lives in it: gives back what the start has needed, and has what is old collected when it has
/// grown.</summary>
public static class HeapKeeper
{
    /// <summary>Longer than the background compiler stays after the start: with its end the most is free of the C library's heap.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Begins when the process is ready, and ends with <paramref name="ending"/>. The garbage of the start goes at once, for which all
    /// threads stop
    /// for a moment; what is free of the C library's heap goes by and by, as that library alone lets go of it only at its end.
    /// </summary>
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
            // Of a large heap it takes longer, and everybody waits: two thousandths of the time may go into it.
            interval = TimeSpan.FromTicks(Math.Max(Interval.Ticks, 500 * Stopwatch.GetElapsedTime(since).Ticks));
        }
    }

    /// <summary>What has survived a collection, or more, as the last one of any kind has left it.</summary>
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
            // musl has no such call, and keeps less.
        }
    }
}

/// <summary>
/// Whether what has survived the youngest generation is to be collected before the runtime would. In Akka.NET each connection
/// replaces some nodes of the immutable tree that its parent keeps its children in: with thousands of them open these have grown old, and
/// the
/// runtime lets them lie for many minutes.
/// </summary>
/// <param name="bytes">Its size now.</param>
/// <param name="collections">How often it has been collected.</param>
internal sealed class OldGenerations(long bytes, int collections)
{
    /// <summary>Less is not worth stopping for.</summary>
    public const long Least = 2 << 20;

    /// <summary>It may grow by one part in so many.</summary>
    public const int Part = 8;

    /// <summary>Asked now and then.</summary>
    public bool IsDue(long size, int collectionsByNow)
    {
        if (collections == collectionsByNow)
            return size - bytes >= Math.Max(Least, bytes / Part);
        Collected(size, collectionsByNow);
        return false;
    }

    /// <summary>It is as small as it gets.</summary>
    public void Collected(long size, int collectionsByNow) => (bytes, collections) = (size, collectionsByNow);
}
