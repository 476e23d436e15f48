using EdgeActors.Config;
using EdgeActors.Route;

namespace EdgeActors.Health;

/// <summary>All servers under check and what is known of them: read by anyone, without asking an actor.</summary>
public sealed class HealthBoard
{
    private IReadOnlyList<ProbeTarget> _targets = [];

    /// <summary>Servers whose state was known before this process knew of them.</summary>
    private readonly IReadOnlySet<BackendServer> _known;

    private HealthBoard(RouteSnapshot routes, IReadOnlySet<BackendServer> known)
    {
        _known = known;
        Follow(routes);
    }

    public IReadOnlyList<ProbeTarget> Targets => Volatile.Read(ref _targets);

    /// <summary>Each a picture of its own moment.</summary>
    public IEnumerable<ProbeStatus> Statuses => Targets.Select(target => target.Record.Status);

    /// <returns>Null for a server that is not checked.</returns>
    public ProbeStatus? Find(string backend, string server) => Statuses.FirstOrDefault(
        status => status.Backend == backend && status.Server == server);

    /// <param name="known">Of these servers, what the routes say of their health is not what they begin with but what was found; null: of none.</param>
    public static HealthBoard Of(RouteSnapshot routes, IReadOnlySet<BackendServer>? known = null) =>
        new(routes, known ?? System.Collections.Frozen.FrozenSet<BackendServer>.Empty);

    /// <summary>Checks what these routes lead to. A server that is checked already goes on as before; if its checks are other ones now, it is what
    /// it was until they say otherwise.</summary>
    internal void Follow(RouteSnapshot routes)
    {
        var before = Targets;
        var targets = new List<ProbeTarget>();
        foreach (var (backend, pool) in routes.Backends)
        {
            foreach (var server in pool.Servers)
            {
                var target = backend.Health.Enabled ? Target(backend, pool, server, before) : null;
                server.Errors = target is { Settings.Observe: Observe.Connect } ? target.Errors : null;
                if (target is not null)
                    targets.Add(target);
            }
        }
        Volatile.Write(ref _targets, targets);
    }

    private ProbeTarget Target(BackendSettings backend, BackendPool pool, BackendServer server, IReadOnlyList<ProbeTarget> before)
    {
        var target = ProbeTarget.For(backend, server, pool.Servers.Length);
        foreach (var old in before)
        {
            if (old.Server.Is(server))
                return old.ChecksLike(target) ? old : target.KnownAs(pool.IsUp(server.Index));
        }
        return _known.Contains(server) ? target.KnownAs(pool.IsUp(server.Index)) : target;
    }
}
