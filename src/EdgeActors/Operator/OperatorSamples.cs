using Akka.Actor;
using Akka.Event;

namespace EdgeActors.Operator;

/// <summary>
/// How often actors have failed, as their supervisors report it on the event stream: Akka.NET itself counts restarts only where they are
/// bounded. For one thread at a time.
/// </summary>
internal sealed class FailureCounts
{
    /// <summary>Actors that are told apart; what more there are is not counted.</summary>
    private const int MaxActors = 1000;

    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    public void Count(LogEvent report)
    {
        if (!typeof(SupervisorStrategy).IsAssignableFrom(report.LogClass))
            return;
        var path = ActorPath.TryParse(report.LogSource, out var parsed) && parsed is not null ? KeyOf(parsed) : report.LogSource;
        if (_failures.TryGetValue(path, out var count) || _failures.Count < MaxActors)
            _failures[path] = count + 1;
    }

    public int Of(ActorPath path) => _failures.GetValueOrDefault(KeyOf(path));

    /// <summary>Failures of children that have no name of their own, and so no row.</summary>
    public int OfNameless(ActorPath parent) => _failures.GetValueOrDefault(KeyOf(parent) + "/$");

    /// <summary>All children without a name of their own ($a, $b ...) count as one.</summary>
    private static string KeyOf(ActorPath path) => path.Name.StartsWith('$')
        ? path.Parent.ToStringWithoutAddress() + "/$"
        : path.ToStringWithoutAddress();
}

/// <summary>What this process has taken of the CPUs of late; also the timer's order to look. For one thread at a time.</summary>
internal sealed class CpuLoad(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private (long At, TimeSpan Used) _before = (time.GetTimestamp(), TimeSpan.Zero);
    private (long At, TimeSpan Used) _last = (time.GetTimestamp(), Used);

    /// <summary>Of one CPU, over the last interval or two: two busy ones are 200.</summary>
    public double Percent
    {
        get
        {
            var elapsed = time.GetElapsedTime(_before.At);
            return elapsed <= TimeSpan.Zero ? 0 : 100 * ((Used - _before.Used) / elapsed);
        }
    }

    private static TimeSpan Used => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()
        ? Environment.CpuUsage.TotalTime
        : TimeSpan.Zero;

    public void Sample()
    {
        _before = _last;
        _last = (time.GetTimestamp(), Used);
    }
}
