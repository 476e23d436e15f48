using System.Diagnostics;
using EdgeActors.Health;
using EdgeActors.Node;
using EdgeActors.Route;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Telemetry.Stats;

/// <summary>Reads a node: all its listeners, then its backends by name, each behind its servers, as HAProxy lists them.</summary>
public static class StatRows
{
    public static IReadOnlyList<StatRow> Read(NodeState node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var now = Stopwatch.GetTimestamp();
        var rows = new List<StatRow>();
        foreach (var (settings, state) in node.Listeners.All)
        {
            if (state.Traffic is not { } traffic)
                continue;
            rows.Add(new StatRow
            {
                Kind = StatRowKind.Frontend,
                Proxy = settings.Name,
                Name = "FRONTEND",
                Traffic = traffic,
                Now = now,
                ProxyId = rows.Count + 1,
                IsOpen = state.IsOpen,
                Limit = node.Gate.Limit,
            });
        }
        // By what a server has served, as that goes on when a configuration lists it anew.
        var targets = node.Checks.Targets;
        var probes = new Dictionary<ServerTraffic, ProbeTarget>(targets.Count);
        foreach (var target in targets)
            probes[target.Server.Traffic] = target;
        var id = rows.Count;
        foreach (var (backend, pool) in node.Routes.Current.Backends.OrderBy(static entry => entry.Pool.Name, StringComparer.Ordinal))
        {
            var servers = new StatRow[pool.Servers.Length];
            id++;
            foreach (var server in pool.Servers)
            {
                servers[server.Index] = new StatRow
                {
                    Kind = StatRowKind.Server,
                    Proxy = pool.Name,
                    Name = server.Name,
                    Traffic = server.Traffic,
                    Now = now,
                    ProxyId = id,
                    Backend = backend,
                    Pool = pool,
                    Server = server,
                    Probe = probes.GetValueOrDefault(server.Traffic),
                };
            }
            rows.AddRange(servers);
            rows.Add(new StatRow
            {
                Kind = StatRowKind.Backend,
                Proxy = pool.Name,
                Name = "BACKEND",
                Traffic = pool.Traffic,
                Now = now,
                ProxyId = id,
                Backend = backend,
                Pool = pool,
                Servers = servers,
            });
        }
        LiveBytes.Sum([.. rows.Select(static row => row.Traffic)], node.Live);
        return rows;
    }
}
