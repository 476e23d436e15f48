using System.Runtime.InteropServices;

namespace EdgeActors.Resources;

/// <summary>The heap of the C library, which the runtime compiles in and keeps its own books in.</summary>
public static partial class NativeHeap
{
    /// <summary>
    /// Gives back what is free of it: after a start 2 to 7 MB, which compiling took and which nothing asks for again. malloc_trim(3), of glibc
    /// alone; with another C library nothing happens.
    /// </summary>
    public static void GiveBack()
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

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
