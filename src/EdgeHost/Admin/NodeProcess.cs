using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;

namespace EdgeHost.Admin;

/// <summary>Figures of the operating system about this process.</summary>
internal static class NodeProcess
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, ReturnSpecialDirectories = false };

    public static DateTimeOffset StartedAt { get; } = Started();

    public static TimeSpan Uptime => DateTimeOffset.UtcNow - StartedAt;

    public static TimeSpan CpuTime => Environment.CpuUsage.TotalTime;

    /// <summary>Resident, in bytes.</summary>
    public static long Memory => Environment.WorkingSet;

    /// <summary>Open descriptors; null where the system does not say.</summary>
    public static int? OpenFiles
    {
        get
        {
            try
            {
                // Only the number is needed: a name would be a string for each.
                return new FileSystemEnumerable<bool>("/proc/self/fd", static (ref FileSystemEntry _) => true, All).Count();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>The limit of open descriptors; null where the system does not say.</summary>
    public static long? MaxFiles { get; } = ReadMaxFiles();

    private static DateTimeOffset Started()
    {
        using var self = Process.GetCurrentProcess();
        return self.StartTime.ToUniversalTime();
    }

    private static long? ReadMaxFiles()
    {
        try
        {
            var line = Array.Find(
                File.ReadAllLines("/proc/self/limits"), static line => line.StartsWith("Max open files", StringComparison.Ordinal));
            var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: it is not Linux.
            return null;
        }
    }
}
