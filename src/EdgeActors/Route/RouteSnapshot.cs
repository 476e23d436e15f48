using System.Collections.Frozen;
using System.Collections.Immutable;
using EdgeActors.Config;
using EdgeActors.Join;
using EdgeActors.Peek;
using EdgeActors.Transport;

namespace EdgeActors.Route;

/// <summary>
/// All that a routing decision reads, as one immutable snapshot: which name leads to which backend, and which of its servers are up. The
/// answers are made beforehand, so that one costs no allocation.
/// </summary>
public sealed class RouteSnapshot
{
    private readonly RouteTable _routes;
    private readonly FrozenDictionary<string, Entry> _backends;

    /// <exception cref="ArgumentException">A route leads to a backend that is not there.</exception>
    public RouteSnapshot(RouteTable routes, IEnumerable<(BackendSettings Backend, BackendPool Pool)> backends)
        : this(routes, 1, backends.Select(Entry.For).ToFrozenDictionary(entry => entry.Pool.Name, StringComparer.Ordinal))
    {
        foreach (var route in routes.Routes)
        {
            foreach (var backend in route.Protocols.Select(static protocol => protocol.Backend).Append(route.Backend))
            {
                if (backend is not null && !_backends.ContainsKey(backend))
                    throw new ArgumentException($"{route.ServerName} leads to the backend {backend}, which is not there", nameof(routes));
            }
        }
    }

    private RouteSnapshot(RouteTable routes, long version, FrozenDictionary<string, Entry> backends)
    {
        _routes = routes;
        Version = version;
        _backends = backends;
    }

    /// <summary>Counts the snapshots, from 1: one for each change of health.</summary>
    public long Version { get; }

    /// <summary>Backends with their pools.</summary>
    public IEnumerable<(BackendSettings Backend, BackendPool Pool)> Backends =>
        _backends.Values.Select(entry => (entry.Backend, entry.Pool));

    /// <summary>The answer to a connection.</summary>
    public RouteAnswer Find(RouteQuery query) => query.Backend is { } backend
        ? FindServer(backend, query.Tried)
        : Find(query.ServerName!, query.Tried, query.Offered);

    /// <param name="tried">The servers that did not take this connection; 0 at its first attempt.</param>
    public RouteAnswer Find(string serverName, ulong tried, AlpnList offered = default) =>
        _routes.TryFind(serverName, offered, out var backend) ? FindServer(backend, tried) : NoRoute.Instance;

    private RouteAnswer FindServer(string backend, ulong tried)
    {
        if (!_backends.TryGetValue(backend, out var entry))
            return NoRoute.Instance;
        var server = tried == 0 ? entry.Pool.Pick() : entry.Pool.PickOther(tried);
        return server is null ? entry.None : entry.Answers[server.Index];
    }

    /// <summary>The next snapshot, with one server's state changed; this very one where nothing changes.</summary>
    public RouteSnapshot With(string backend, int server, bool up)
    {
        if (!_backends.TryGetValue(backend, out var entry) || (uint)server >= (uint)entry.Pool.Servers.Length)
            return this;
        var pool = entry.Pool.With(server, up);
        if (ReferenceEquals(pool, entry.Pool))
            return this;
        var backends = _backends.Select(pair => pair.Key == backend ? KeyValuePair.Create(backend, entry with { Pool = pool }) : pair);
        return new RouteSnapshot(_routes, Version + 1, backends.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private sealed record Entry(BackendSettings Backend, BackendPool Pool, ImmutableArray<RouteTo> Answers, NoServer None)
    {
        public static Entry For((BackendSettings Backend, BackendPool Pool) backend)
        {
            return new Entry(
                backend.Backend,
                backend.Pool,
                [.. backend.Pool.Servers.Select(server => new RouteTo(
                    backend.Backend, server, new ConnectPlan(
                        server.EndPoint, backend.Backend.ConnectTimeout, backend.Backend.Timeouts, server.SourceOf(backend.Backend))))],
                new NoServer(backend.Pool.Name));
        }
    }
}
