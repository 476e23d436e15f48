using System.Globalization;
using EdgeLoad.Sockets;

namespace EdgeLoad.Measure;

/// <summary>Figures of proc(5), and CPU clocks.</summary>
internal static class Proc
{
    private static readonly double TicksPerSecond = Native.SysConf(Native.ClockTicks);

    /// <summary>Child processes, such as Edge and the standby of its keeper.</summary>
    public static IEnumerable<int> ChildrenOf(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .SelectMany(static thread => (Read($"{thread}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(static id => (int)Number(id));

    /// <summary>User and system time of these processes so far, by their CPU clocks: a tick of proc(5), 10 ms, is 5 % of the CPU time of a
    /// gigabyte. NaN for none, or one that has gone.</summary>
    public static double CpuSeconds(IReadOnlyList<int> processes)
    {
        if (processes.Count == 0)
            return double.NaN;
        var sum = 0.0;
        foreach (var process in processes)
        {
            if (Native.CpuClockOf(process, out var clock) != 0 || Native.GetTime(clock, out var time) != 0)
                return double.NaN;
            sum += time.Seconds + time.Nanoseconds / 1e9;
        }
        return sum;
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
