using System.Runtime.InteropServices;

namespace EdgeActors.Resources;

/// <summary>What a start has needed, and nothing asks for again: what was parsed and built, and what it was compiled in.</summary>
public static partial class StartMemory
{
    /// <summary>Gives it back: some MB of garbage and some of the C library's heap. Stops all threads for 10 to 20 ms, so it is for the moment of being ready.</summary>
    public static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
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
