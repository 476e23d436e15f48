using System.Globalization;
using EdgeLoad.Sockets;

namespace EdgeLoad.Measure;

/// <summary>Figures of proc(5).</summary>
internal static class Proc
{
    private static readonly double TicksPerSecond = Native.SysConf(Native.ClockTicks);

    /// <summary>Child processes, such as Edge and the standby of its keeper.</summary>
    public static IEnumerable<int> ChildrenOf(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .SelectMany(static thread => (Read($"{thread}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(static id => (int)Number(id));

    /// <summary>User and system time of these processes so far, NaN for none or one that has gone.</summary>
    public static double CpuSeconds(IReadOnlyList<int> processes)
    {
        if (processes.Count == 0)
            return double.NaN;
        var ticks = 0L;
        foreach (var process in processes)
        {
            if (Read($"/proc/{process}/stat") is not { } stat)
                return double.NaN;
            // The name, which may hold anything, ends at the last parenthesis; utime and stime are fields 14 and 15.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            ticks += Number(fields[11]) + Number(fields[12]);
        }
        return ticks / TicksPerSecond;
    }

    /// <summary>Time that all CPUs together were busy since boot: user, nice, system, interrupts.</summary>
    public static double MachineSeconds()
    {
        var fields = Read("/proc/stat")!.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[6]) + Number(fields[7])) / TicksPerSecond;
    }

    /// <summary>Resident memory of these processes, NaN for none or one that has gone.</summary>
    public static double ResidentKilobytes(IReadOnlyList<int> processes)
    {
        if (processes.Count == 0)
            return double.NaN;
        var sum = 0L;
        foreach (var process in processes)
        {
            var line = Read($"/proc/{process}/status")?.Split('\n')
                .FirstOrDefault(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            if (line is null)
                return double.NaN;
            sum += Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]);
        }
        return sum;
    }

    private static long Number(string field) => long.Parse(field.Trim(), CultureInfo.InvariantCulture);

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
