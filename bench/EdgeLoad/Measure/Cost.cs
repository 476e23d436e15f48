using System.Diagnostics;

namespace EdgeLoad.Measure;

/// <param name="Cpu">CPU time of the proxy's processes; NaN when there are none to look at.</param>
/// <param name="Machine">CPU time of everything on this machine, the load itself and strangers included.</param>
/// <param name="Elapsed">Seconds on the clock.</param>
internal readonly record struct Cost(double Cpu, double Machine, double Elapsed);

/// <summary>Measures from its making to <see cref="Stop"/>, in seconds.</summary>
internal sealed class CostMeter(IReadOnlyList<int> processes)
{
    /// <summary>The proxy still has to close what the clients have closed already.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(25);

    private readonly double _cpu = Proc.CpuSeconds(processes);
    private readonly double _machine = Proc.MachineSeconds();
    private readonly long _since = Stopwatch.GetTimestamp();

    public Cost Stop()
    {
        var elapsed = Stopwatch.GetElapsedTime(_since).TotalSeconds;
        var machine = Proc.MachineSeconds() - _machine;
        Thread.Sleep(Settle);
        return new Cost(Proc.CpuSeconds(processes) - _cpu, machine, elapsed);
    }
}
