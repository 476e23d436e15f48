using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
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
        : this(routes, backends, 1)
    {
    }

    private RouteSnapshot(RouteTable routes, IEnumerable<(BackendSettings Backend, BackendPool Pool)> backends, long version)
        : this(routes, version, backends.Select(Entry.For).ToFrozenDictionary(entry => entry.Pool.Name, StringComparer.Ordinal))
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

    /// <summary>Counts the snapshots, from 1: one for each change of a server.</summary>
    public long Version { get; }

    /// <summary>Which name leads to which backend.</summary>
    public RouteTable Table => _routes;

    /// <summary>Backends with their pools.</summary>
    public IEnumerable<(BackendSettings Backend, BackendPool Pool)> Backends =>
        _backends.Values.Select(entry => (entry.Backend, entry.Pool));

    /// <summary>The answer to a connection.</summary>
    public RouteAnswer Find(RouteQuery query) => query.Backend is { } backend
        ? FindServer(backend, query.Tried, query.Seat)
        : Find(query.ServerName!, query.Tried, query.Offered, query.Seat);

    /// <param name="tried">The servers that did not take this connection; 0 at its first attempt.</param>
    /// <param name="seat">Takes the server of the answer; a connection that has one already is told of it again. Null: nobody is counted.</param>
    /// <returns>A <see cref="PoolFull"/> for a connection that has to wait.</returns>
    public RouteAnswer Find(string serverName, ulong tried, AlpnList offered = default, ServerSeat? seat = null) =>
        _routes.TryFind(serverName, offered, out var backend) ? FindServer(backend, tried, seat) : NoRoute.Instance;

    private RouteAnswer FindServer(string backend, ulong tried, ServerSeat? seat)
    {
        if (!_backends.TryGetValue(backend, out var entry))
            return NoRoute.Instance;
        // Who comes while others wait, waits behind them.
        return entry.Pool.Queue.Count > 0 && seat?.Taken is null ? entry.Full : entry.Find(tried, seat, null);
    }

    /// <summary>Another look for a connection that waits.</summary>
    internal RouteAnswer Find(Waiter waiter) => _backends.TryGetValue(waiter.Answer.Backend.Name, out var entry)
        ? entry.Find(waiter.Tried, waiter.Seat, waiter)
        : NoRoute.Instance;

    /// <summary>The next snapshot, by another configuration.</summary>
    internal RouteSnapshot With(ReplaceRoutes next) => new(
        next.Routes,
        next.Backends.Select(plan => (plan.Backend, plan.Pool(
            _backends.TryGetValue(plan.Backend.Name, out var before) ? (before.Backend, before.Pool) : null, next.Time))),
        Version + 1);

    internal BackendPool? PoolOf(string backend) => _backends.TryGetValue(backend, out var entry) ? entry.Pool : null;

    /// <summary>The next snapshot, with one server's health changed; this very one where nothing changes.</summary>
    public RouteSnapshot With(string backend, int server, bool up) => With(backend, server, pool => pool.With(server, up));

    /// <summary>The next snapshot, with one pool changed; this very one where nothing changes, or where there is no such server.</summary>
    internal RouteSnapshot With(string backend, int server, Func<BackendPool, BackendPool> change)
    {
        if (!_backends.TryGetValue(backend, out var entry) || (uint)server >= (uint)entry.Pool.Servers.Length)
            return this;
        var pool = change(entry.Pool);
        return ReferenceEquals(pool, entry.Pool) ? this : With(backend, entry with { Pool = pool });
    }

    /// <summary>The next snapshot, whose answers lead to where this server is now.</summary>
    internal RouteSnapshot WithAddress(string backend, int server, IPEndPoint endPoint)
    {
        if (!_backends.TryGetValue(backend, out var entry) || (uint)server >= (uint)entry.Pool.Servers.Length)
            return this;
        entry.Pool.Servers[server].EndPoint = endPoint;
        return With(backend, Entry.For((entry.Backend, entry.Pool.WithAddress(server))));
    }

    private RouteSnapshot With(string backend, Entry changed)
    {
        var backends = _backends.Select(pair => pair.Key == backend ? KeyValuePair.Create(backend, changed) : pair);
        return new RouteSnapshot(_routes, Version + 1, backends.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private sealed record Entry(BackendSettings Backend, BackendPool Pool, ImmutableArray<RouteTo> Answers, NoServer None, PoolFull Full)
    {
        public RouteAnswer Find(ulong tried, ServerSeat? seat, Waiter? waiter)
        {
            // Its server may be gone with a configuration: then it lets go of its seat before it asks again.
            if (seat?.Taken is { } taken)
                return Pool.IndexOf(taken) is var index and >= 0 ? Answers[index] : None;
            var server = Pool.Pick(tried, seat?.ClientAddress, out var full);
            if (server is null)
                return full ? Full : None;
            // A seat that takes nothing belongs to a connection that has ended: it does not matter what it is told.
            return seat is null || seat.TryTake(server, waiter) ? Answers[server.Index] : None;
        }

        public static Entry For((BackendSettings Backend, BackendPool Pool) backend)
        {
            return new Entry(
                backend.Backend,
                backend.Pool,
                [.. backend.Pool.Servers.Select(server => new RouteTo(
                    backend.Backend, server, new ConnectPlan(
                        server.EndPoint, backend.Backend.ConnectTimeout, backend.Backend.Timeouts, server.SourceOf(backend.Backend))))],
                new NoServer(backend.Pool.Name) { Pool = backend.Pool.Traffic },
                new PoolFull(backend.Backend, backend.Pool.Queue, new QueueFull(backend.Pool.Name) { Pool = backend.Pool.Traffic }));
        }
    }
}
