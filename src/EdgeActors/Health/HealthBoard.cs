using EdgeActors.Route;

namespace EdgeActors.Health;

/// <summary>All servers under check and what is known of them: read by anyone, without asking an actor.</summary>
public sealed class HealthBoard(IReadOnlyList<ProbeTarget> targets)
{
    public IReadOnlyList<ProbeTarget> Targets => targets;

    /// <summary>Each a picture of its own moment.</summary>
    public IEnumerable<ProbeStatus> Statuses => targets.Select(target => target.Record.Status);

    /// <summary>Null where no backend wants its connections counted.</summary>
    public ConnectObserver? Observer { get; } = ConnectObserver.Of(targets);

    /// <returns>Null for a server that is not checked.</returns>
    public ProbeStatus? Find(string backend, string server) => Statuses.FirstOrDefault(
        status => status.Backend == backend && status.Server == server);

    public static HealthBoard Of(RouteSnapshot routes) => new(
        [.. from entry in routes.Backends
            where entry.Backend.Health.Enabled
            from server in entry.Pool.Servers
            select ProbeTarget.For(entry.Backend, server, entry.Pool.Servers.Length)]);
}
