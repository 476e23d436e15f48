using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Protocol;
using EdgeActors.Settings;

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

/// <summary>
/// Which backend serves which name: an immutable snapshot, replaced whole. A name's own route comes before that of the longest name that it
/// is below, and that one before the default; the first that there is decides, even if none of its protocols is offered. Its generation
/// tells an operator under which routes a connection was made.
/// </summary>
public sealed class RouteTable
{
    private readonly FrozenDictionary<string, RouteTarget> _exact;
    private readonly FrozenDictionary<string, RouteTarget> _below;
    private readonly FrozenDictionary<string, RouteTarget>.AlternateLookup<ReadOnlySpan<char>> _belowBySpan;
    private readonly RouteTarget? _default;

    /// <summary>Labels of the longest wildcard. A hello may carry a name of 127 labels, each of which would cost a look-up.</summary>
    private readonly int _deepest;

    /// <param name="generation">Higher than that of the table it replaces.</param>
    /// <param name="routes">Server names in their one spelling (lower case, no trailing dot).</param>
    /// <exception cref="ArgumentException">A server name comes twice.</exception>
    public RouteTable(long generation, IEnumerable<RouteSettings> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Generation = generation;
        Routes = [.. routes];
        // By way of dictionaries, which refuse a name that comes twice; a frozen one would keep the last.
        var exact = new Dictionary<string, RouteTarget>(StringComparer.Ordinal);
        var below = new Dictionary<string, RouteTarget>(StringComparer.Ordinal);
        // Names that lead to the same backend share their target, so that it is in the CPU's cache whichever of them is asked for.
        var plain = new Dictionary<string, RouteTarget>(StringComparer.Ordinal);
        foreach (var route in Routes)
        {
            var target = TargetOf(route, plain);
            if (route.ServerName == RouteSettings.AnyName)
            {
                if (_default is not null)
                    throw new ArgumentException("There are two default routes.", nameof(routes));
                _default = target;
            }
            else if (route.ServerName.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal))
            {
                var name = route.ServerName[RouteSettings.AnyLabels.Length..];
                below.Add(name, target);
                _deepest = Math.Max(_deepest, name.AsSpan().Count('.') + 1);
            }
            else
            {
                exact.Add(route.ServerName, target);
            }
        }
        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal);
        _below = below.ToFrozenDictionary(StringComparer.Ordinal);
        _belowBySpan = _below.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Routes that do not ask for protocols: name to backend.</summary>
    public RouteTable(long generation, IEnumerable<KeyValuePair<string, string>> routes)
        : this(generation, routes.Select(static route => new RouteSettings(route.Key, route.Value)))
    {
    }

    public static RouteTable Empty { get; } = new(0, Enumerable.Empty<RouteSettings>());

    public long Generation { get; }

    public ImmutableArray<RouteSettings> Routes { get; }

    /// <summary>Finds the backend for a client.</summary>
    /// <param name="serverName">The name that it wants, in its one spelling.</param>
    /// <param name="offered">The protocols that it offers.</param>
    public bool TryFind(string serverName, AlpnList offered, [NotNullWhen(true)] out string? backend)
    {
        if (!_exact.TryGetValue(serverName, out var target) && !TryFindBelow(serverName, out target))
            target = _default;
        backend = target?.Find(offered);
        return backend is not null;
    }

    private bool TryFindBelow(ReadOnlySpan<char> serverName, [NotNullWhen(true)] out RouteTarget? target)
    {
        target = null;
        if (_deepest == 0)
            return false;
        for (var labels = serverName.Count('.'); labels > 0; labels--)
        {
            serverName = serverName[(serverName.IndexOf('.') + 1)..];
            if (labels <= _deepest && _belowBySpan.TryGetValue(serverName, out target))
                return true;
        }
        return false;
    }

    private static RouteTarget TargetOf(RouteSettings route, Dictionary<string, RouteTarget> plain)
    {
        if (route is not { Backend: { } backend, Protocols: [] })
            return new RouteTarget(route.Backend, route.Protocols);
        if (!plain.TryGetValue(backend, out var target))
            plain.Add(backend, target = new RouteTarget(backend, []));
        return target;
    }
}

/// <summary>Where one name leads: to the backend of the first protocol offered that has one of its own, else to the name's.</summary>
internal sealed class RouteTarget(string? backend, IReadOnlyList<ProtocolRoute> protocols)
{
    private readonly (byte[] Protocol, string Backend)[] _protocols =
        [.. protocols.Select(route => (Encoding.ASCII.GetBytes(route.Protocol), route.Backend))];

    /// <param name="offered">In the client's order of preference, which decides (unlike a server's choice by RFC 7301 §3.2): it is
    /// the order in which the client would rather be served.</param>
    /// <returns>The backend's name; null: none for this client.</returns>
    public string? Find(AlpnList offered)
    {
        if (_protocols.Length == 0)
            return backend;
        foreach (var name in offered)
        {
            foreach (var (protocol, own) in _protocols)
            {
                if (name.SequenceEqual(protocol))
                    return own;
            }
        }
        return backend;
    }
}
