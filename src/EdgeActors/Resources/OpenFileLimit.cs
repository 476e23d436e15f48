using EdgeActors.Transport;

namespace EdgeActors.Resources;

/// <summary>RLIMIT_NOFILE, getrlimit(2): descriptors that this process may have open.</summary>
internal static class OpenFileLimit
{
    /// <summary>Raises the soft limit to the hard one, in case the runtime has not.</summary>
    /// <returns>The limit in force; null: unknown, as elsewhere than on Linux of 64 bits.</returns>
    public static long? Raise()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || Native.GetLimit(Native.RlimitNoFile, out var limit) != 0)
            return null;
        if (limit.Soft < limit.Hard)
        {
            _ = Native.SetLimit(Native.RlimitNoFile, limit with { Soft = limit.Hard });
            _ = Native.GetLimit(Native.RlimitNoFile, out limit);
        }
        return (long)Math.Min(limit.Soft, int.MaxValue);
    }
}
