using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;

namespace EdgeHost.Admin;

/// <summary>What the system says of this process.</summary>
internal static class NodeProcess
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = 0, ReturnSpecialDirectories = false };

    public static DateTimeOffset StartedAt { get; } = Started();

    public static TimeSpan Uptime => DateTimeOffset.UtcNow - StartedAt;

    public static TimeSpan CpuTime
    {
        get
        {
            var usage = Environment.CpuUsage;
            return usage.UserTime + usage.PrivilegedTime;
        }
    }

    /// <summary>Resident, in bytes.</summary>
    public static long Memory => Environment.WorkingSet;

    /// <summary>Open descriptors; null where the system does not say.</summary>
    public static int? OpenFiles
    {
        get
        {
            try
            {
                // The names are nobody's business, and would be one string each.
                return new FileSystemEnumerable<bool>("/proc/self/fd", static (ref FileSystemEntry _) => true, All).Count();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Descriptors that it may have; null where the system does not say.</summary>
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
            foreach (var line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith("Max open files", StringComparison.Ordinal)
                    && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
                    return limit;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: it is not Linux.
        }
        return null;
    }
}
