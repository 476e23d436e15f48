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
