using System.Collections.Frozen;

namespace EdgeActors.Routing;

/// <summary>All that a routing decision reads, as one immutable snapshot: names, backends, their servers.</summary>
public sealed class RouteSnapshot
{
    private readonly FrozenDictionary<string, BackendPool> _pools;

    /// <exception cref="ArgumentException">A route leads to a backend that does not exist.</exception>
    public RouteSnapshot(RouteTable routes, IEnumerable<BackendPool> backends)
        : this(routes, 1, backends)
    {
        foreach (var route in routes.Routes)
        {
            foreach (var backend in route.Protocols.Select(static protocol => protocol.Backend).Append(route.Backend))
            {
                if (backend is not null && !_pools.ContainsKey(backend))
                    throw new ArgumentException($"{route.ServerName} leads to the backend {backend}, which does not exist", nameof(routes));
            }
        }
    }

    private RouteSnapshot(RouteTable routes, long version, IEnumerable<BackendPool> backends)
    {
        Table = routes;
        Version = version;
        _pools = backends.ToFrozenDictionary(static pool => pool.Name, StringComparer.Ordinal);
    }

    /// <summary>Counts the snapshots, from 1: one for each change of a server.</summary>
    public long Version { get; }

    /// <summary>Which name leads to which backend.</summary>
    public RouteTable Table { get; }

    public IReadOnlyList<BackendPool> Backends => _pools.Values;

    public BackendPool? PoolOf(string backend) => _pools.GetValueOrDefault(backend);

    /// <summary>The answer to a connection; a <see cref="QueueFull"/> where it has to wait.</summary>
    public RouteAnswer Find(RouteQuery query)
    {
        var backend = query.Backend;
        return (backend is not null || Table.TryFind(query.ServerName!, query.Offered, out backend))
            && _pools.TryGetValue(backend, out var pool)
            ? pool.Find(query.Tried, query.Lease, waiter: null)
            : NoRoute.Instance;
    }

    /// <summary>The next snapshot, by another configuration.</summary>
    internal RouteSnapshot With(ReplaceRoutes next) =>
        new(next.Routes, Version + 1, next.Backends.Select(plan => plan.ToPool(PoolOf(plan.Backend.Name), next.Time)));

    /// <summary>The next snapshot, with one server changed; this one where nothing changes, or where there is no such server.</summary>
    public RouteSnapshot With(string backend, int server, Func<ServerModel, ServerModel> change)
    {
        if (PoolOf(backend) is not { } pool || (uint)server >= (uint)pool.Servers.Length)
            return this;
        var next = pool.With(server, change);
        return next == pool ? this : new RouteSnapshot(Table, Version + 1, _pools.Values.Select(one => one == pool ? next : one));
    }
}
