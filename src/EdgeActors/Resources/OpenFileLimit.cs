using System.Runtime.InteropServices;

namespace EdgeActors.Resources;

/// <summary>RLIMIT_NOFILE, getrlimit(2): descriptors that this process may have open.</summary>
internal static partial class OpenFileLimit
{
    private const int NoFile = 7;

    /// <summary>Raises the soft limit to the hard one, in case the runtime has not.</summary>
    /// <returns>What holds now; null: nothing is known, as elsewhere than on Linux of 64 bits.</returns>
    public static long? Raise()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || Get(NoFile, out var limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            _ = Set(NoFile, new Limit { Soft = limit.Hard, Hard = limit.Hard });
            _ = Get(NoFile, out limit);
        }
        return (long)Math.Min(limit.Soft, int.MaxValue);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Get(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int Set(int resource, in Limit limit);

    /// <summary>struct rlimit.</summary>
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
