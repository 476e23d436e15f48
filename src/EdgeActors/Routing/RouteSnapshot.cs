using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>All input of a routing decision as one immutable snapshot: names, backends, servers.</summary>
public sealed class RouteSnapshot
{
    private readonly FrozenDictionary<string, BackendPool> _pools;

    /// <exception cref="ArgumentException">A route has an unknown backend.</exception>
    public RouteSnapshot(RouteTable routes, IEnumerable<BackendPool> backends)
        : this(routes, 1, backends)
    {
        foreach (var route in routes.OfListeners.Values.Append(routes).SelectMany(static table => table.Routes))
        {
            foreach (var backend in route.Backends)
            {
                if (!_pools.ContainsKey(backend))
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

    /// <summary>Counts snapshots from 1; each server change makes one.</summary>
    public long Version { get; }

    public RouteTable Table { get; }

    public IReadOnlyList<BackendPool> Backends => _pools.Values;

    public BackendPool? PoolOf(string backend) => _pools.GetValueOrDefault(backend);

    /// <summary>The answer to a connection; <see cref="QueueFull"/> if it must wait.</summary>
    public RouteAnswer Find(RouteQuery query)
    {
        var match = query.Backend is { } known ? new RouteMatch(known) : Table.For(query.Listener).Find(query.ServerName!, query.Offered);
        if (match.Refuse is { } mode)
            return NameRefused.With(mode);
        return match.Backend is { } backend && _pools.TryGetValue(backend, out var pool)
            ? pool.Find(query.Tried, query.Lease, waiter: null)
            : NoRoute.Instance;
    }

    internal RouteSnapshot With(ReplaceRoutes next) =>
        new(next.Routes, Version + 1, next.Backends.Select(plan => plan.ToPool(PoolOf(plan.Backend.Name), next.Time)));

    /// <summary>The snapshot with one server changed; this one if nothing changes or the server is unknown.</summary>
    public RouteSnapshot With(string backend, int server, Func<ServerModel, ServerModel> change)
    {
        if (PoolOf(backend) is not { } pool || (uint)server >= (uint)pool.Servers.Length)
            return this;
        var next = pool.With(server, change);
        return next == pool ? this : With(pool, next);
    }

    /// <summary>The next snapshot, with another pool in place of <paramref name="pool"/>.</summary>
    internal RouteSnapshot With(BackendPool pool, BackendPool next) =>
        new(Table, Version + 1, _pools.Values.Select(one => one == pool ? next : one));
}

/// <summary>Maps names to backends; immutable. An exact name wins over the longest wildcard, which wins over the default. The first match
/// decides, even if it has none of the offered protocols. Operators see the generation. A listener with its own routes has its own
/// table.</summary>
public sealed class RouteTable
{
    private readonly FrozenDictionary<string, RouteTarget> _exact;
    private readonly FrozenDictionary<string, RouteTarget> _below;
    private readonly FrozenDictionary<string, RouteTarget>.AlternateLookup<ReadOnlySpan<char>> _belowBySpan;
    private readonly RouteTarget? _default;
    private readonly FrozenDictionary<string, RouteTable> _ofListeners = FrozenDictionary<string, RouteTable>.Empty;

    /// <summary>Maximum labels of a wildcard, since each label of a name (up to 127) costs a lookup.</summary>
    private readonly int _deepest;

    /// <param name="generation">Higher than that of the replaced table.</param>
    /// <param name="routes">Normalised server names (lower case, no trailing dot).</param>
    /// <exception cref="ArgumentException">Duplicate server name.</exception>
    public RouteTable(long generation, IEnumerable<RouteSettings> routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        Generation = generation;
        Routes = [.. routes];
        // Built from dictionaries, which reject duplicates; a frozen one would keep the last.
        var exact = new Dictionary<string, RouteTarget>(StringComparer.Ordinal);
        var below = new Dictionary<string, RouteTarget>(StringComparer.Ordinal);
        // Names of one target share an object, for CPU cache locality.
        var plain = new Dictionary<RouteMatch, RouteTarget>();
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

    /// <summary>Routes without protocols: name to backend.</summary>
    public RouteTable(long generation, IEnumerable<KeyValuePair<string, string>> routes)
        : this(generation, routes.Select(static route => new RouteSettings(route.Key, route.Value)))
    {
    }

    private RouteTable(long generation, EdgeSettings settings)
        : this(generation, settings.Routes) => _ofListeners = settings.Listeners
            .Where(static listener => listener.Routes is not null)
            .ToFrozenDictionary(
                static listener => listener.Name, listener => new RouteTable(generation, listener.Routes!), StringComparer.Ordinal);

    public static RouteTable Empty { get; } = new(0, Enumerable.Empty<RouteSettings>());

    /// <summary>Tables of the listeners that have routes of their own, by listener name.</summary>
    public IReadOnlyDictionary<string, RouteTable> OfListeners => _ofListeners;

    public long Generation { get; }

    public ImmutableArray<RouteSettings> Routes { get; }

    /// <summary>The common routes, and those of listeners with their own.</summary>
    public static RouteTable Of(long generation, EdgeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new RouteTable(generation, settings);
    }

    /// <summary>The table that applies to a listener's clients.</summary>
    /// <param name="listener">Null: the common table.</param>
    public RouteTable For(string? listener) =>
        _ofListeners.Count > 0 && listener is not null && _ofListeners.TryGetValue(listener, out var own) ? own : this;

    /// <param name="serverName">Normalised.</param>
    public RouteMatch Find(string serverName, AlpnList offered)
    {
        if (!_exact.TryGetValue(serverName, out var target) && !TryFindBelow(serverName, out target))
            target = _default;
        return target?.Find(offered) ?? default;
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

    private static RouteTarget TargetOf(RouteSettings route, Dictionary<RouteMatch, RouteTarget> plain)
    {
        var other = new RouteMatch(route.Backend, route.Refuse);
        if (route.Protocols.Count > 0)
            return new RouteTarget(other, route.Protocols);
        if (!plain.TryGetValue(other, out var target))
            plain.Add(other, target = new RouteTarget(other, []));
        return target;
    }
}

/// <summary>The backend of a client, or how the client is refused. The default value means no route.</summary>
public readonly record struct RouteMatch(string? Backend, CloseMode? Refuse = null);

/// <summary>The target of a name. The first offered protocol with a route decides, else the default.</summary>
internal sealed class RouteTarget(RouteMatch other, IReadOnlyList<ProtocolRoute> protocols)
{
    private readonly (byte[] Protocol, RouteMatch Match)[] _protocols =
        [.. protocols.Select(route => (Encoding.ASCII.GetBytes(route.Protocol), new RouteMatch(route.Backend, route.Refuse)))];

    /// <param name="offered">In the client's order of preference, which decides (unlike RFC 7301 §3.2, where the server chooses).</param>
    public RouteMatch Find(AlpnList offered)
    {
        if (_protocols.Length == 0)
            return other;
        foreach (var name in offered)
        {
            foreach (var (protocol, own) in _protocols)
            {
                if (name.SequenceEqual(protocol))
                    return own;
            }
        }
        return other;
    }
}
