using System.Diagnostics;
using EdgeActors.Node;

namespace EdgeActors.Statistics;

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
        var id = rows.Count;
        foreach (var pool in node.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal))
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
                    Traffic = server.State.Traffic,
                    Now = now,
                    ProxyId = id,
                    Pool = pool,
                    Server = server,
                    Health = server.State.Health,
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
                Pool = pool,
                Servers = servers,
            });
        }
        LiveBytes.Sum([.. rows.Select(static row => row.Traffic)], node.Live);
        return rows;
    }
}
