using System.Runtime.InteropServices;

namespace EdgeActors.Resources;

/// <summary>What a start has needed, and nothing asks for again: what was parsed and built, and what it was compiled in.</summary>
public static partial class StartMemory
{
    /// <summary>The background compiler has done with the start by then, and has left the most in the C library's heap.</summary>
    private static readonly TimeSpan Compiled = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gives it back. The garbage at once: all threads stop for 10 to 20 ms, so this is for the moment of being ready. Some seconds later what is
    /// free of the C library's heap, of which that library alone would let go only at its end.
    /// </summary>
    public static async Task GiveBack(CancellationToken cancel)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await Task.Delay(Compiled, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancel.IsCancellationRequested)
            GiveBackHeap();
    }

    internal static void GiveBackHeap()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no such call, and keeps less.
        }
    }

    /// <summary>malloc_trim(3) of glibc.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
