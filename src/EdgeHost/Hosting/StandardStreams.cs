using System.Runtime.InteropServices;
using EdgeActors.Transport;

namespace EdgeHost.Hosting;

/// <summary>Descriptors 0 to 2 of a process that was started without them.</summary>
internal static class StandardStreams
{
    private const int Count = 3;

    /// <summary>Starts the program again with /dev/null in place of missing descriptors. The runtime uses their numbers for pipes of its
    /// own, which the log would write into. Returns only if nothing is missing, or exec fails.</summary>
    public static void EnsureOpen()
    {
        if (!OperatingSystem.IsLinux() || !Enumerable.Range(0, Count).Any(IsMissing))
            return;
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        for (var fd = 0; fd < Count; fd++)
        {
            if (IsMissing(fd))
                _ = Native.Duplicate((int)nothing.DangerousGetHandle(), fd);
        }
        var arguments = File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0');
        _ = Native.Execute("/proc/self/exe", [.. arguments.Select(Marshal.StringToCoTaskMemUTF8), 0]);
    }

    /// <summary>The number is free, or has been taken by this process: descriptors that came through execve(2) have no
    /// FD_CLOEXEC.</summary>
    private static bool IsMissing(int fd) =>
        Native.FileControl(fd, Native.FGetDescriptorFlags, 0) is var flags && (flags < 0 || (flags & Native.FdCloseOnExec) != 0);
}
