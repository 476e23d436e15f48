using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>
/// A backend as a routing decision sees it: an immutable snapshot, replaced when one of its servers changes. The balancers and
/// <see cref="BackendState"/> are shared by all snapshots of one backend, so a change of health does not restart the round robin. Any
/// thread may pick.
/// </summary>
public sealed class BackendPool
{
    /// <summary>Servers of one backend, as many as a set of them has bits.</summary>
    public const int MaxServers = 64;

    /// <summary>Weights are counted in parts of this, so that a slow start grows smoothly.</summary>
    private const int WeightUnit = 256;

    private readonly Sharing _sharing;
    private readonly int[] _weights;

    /// <summary>Servers whose weight may still be growing.</summary>
    private readonly ulong _young;

    // Prepared, so that an answer costs no allocation.
    private readonly RouteTo[] _answers;
    private readonly NoServer _none;
    private readonly QueueFull _full;

    /// <param name="servers">1 to <see cref="MaxServers"/>, each at its own index.</param>
    internal BackendPool(BackendSettings settings, ImmutableArray<ServerModel> servers, BackendState state)
        : this(settings, servers, state, new Sharing(settings.Pool, servers))
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers.Length, MaxServers);
    }

    private BackendPool(BackendSettings settings, ImmutableArray<ServerModel> servers, BackendState state, Sharing sharing)
    {
        Settings = settings;
        Servers = servers;
        State = state;
        _sharing = sharing;
        _weights = [.. servers.Select(static server => server.Weight * WeightUnit)];
        _none = new NoServer(Name, state.Traffic);
        _full = new QueueFull(Name, state.Traffic);
        _answers = [.. servers.Select(server => new RouteTo(settings, server, new ConnectPlan(
            server.EndPoint, settings.ConnectTimeout, settings.Timeouts, settings.SourceFor(server.EndPoint))))];
        ulong active = 0, backup = 0;
        foreach (var server in servers)
        {
            if (server.UsableSince != 0 && server.Settings.SlowStart > TimeSpan.Zero)
                _young |= server.Bit;
            if (server.IsUsable && server.Settings.IsBackup)
                backup |= server.Bit;
            else if (server.IsUsable)
                active |= server.Bit;
        }
        Candidates = active != 0 ? active : settings.Pool.AllBackups ? backup : backup & (0 - backup);
    }

    public BackendSettings Settings { get; }

    public string Name => Settings.Name;

    public ImmutableArray<ServerModel> Servers { get; }

    public BackendState State { get; }

    public ConnectionQueue Queue => State.Queue;

    public BackendTraffic Traffic => State.Traffic;

    /// <summary>Whether a new connection could be given to one of its servers, full ones included.</summary>
    public bool IsUsable => Candidates != 0;

    /// <summary>A client keeps to its server, so behind a connection that waits another one may yet be served.</summary>
    internal bool KeepsTo => _sharing.First.KeepsTo;

    /// <summary>The set of servers that new connections are shared among, full ones included.</summary>
    internal ulong Candidates { get; }

    /// <summary>The set that holds the server at <paramref name="index"/> alone.</summary>
    public static ulong Bit(int index) => 1UL << index;

    /// <summary>Where a server is in this pool; -1: it is not in this configuration.</summary>
    internal int IndexOf(ServerState server)
    {
        for (var i = 0; i < Servers.Length; i++)
        {
            if (ReferenceEquals(Servers[i].State, server))
                return i;
        }
        return -1;
    }

    /// <summary>The pool with one server changed; the same object where nothing changes.</summary>
    public BackendPool With(int index, Func<ServerModel, ServerModel> change)
    {
        var before = Servers[index];
        var server = change(before);
        if (server == before)
            return this;
        if (server.IsUsable && !before.IsUsable)
            server = server with { UsableSince = Math.Max(1, State.Time.GetTimestamp()) };
        return new BackendPool(Settings, Servers.SetItem(index, server), State, _sharing);
    }

    /// <summary>The pool by another configuration. Connections in the queue go on waiting.</summary>
    internal BackendPool Next(BackendSettings settings, ImmutableArray<ServerModel> servers) =>
        // The round robin goes on where the servers and the way of sharing are the same.
        settings.Pool == Settings.Pool && settings.Servers.SequenceEqual(Settings.Servers)
            ? new BackendPool(settings, servers, State, _sharing)
            : new BackendPool(settings, servers, State);

    /// <summary>Once this is the pool in force: notes since when it and its servers are up or down.</summary>
    internal void CountChanges()
    {
        var now = Math.Max(1, State.Time.GetTimestamp());
        foreach (var server in Servers)
            server.State.Traffic.Is(server.IsInService, now);
        Traffic.Is(IsUsable, now);
    }

    /// <summary>The answer to a connection, which holds a lease on the server of it from then on.</summary>
    /// <param name="tried">Servers that did not take this connection; see <see cref="Bit"/>.</param>
    /// <param name="lease">Null: the connection is not counted.</param>
    /// <param name="waiter">Its place in the queue, if it has one.</param>
    /// <returns>A <see cref="QueueFull"/> where it has to wait.</returns>
    internal RouteAnswer Find(ulong tried, ServerLease? lease, Waiter? waiter)
    {
        // Asked again. The server may be gone with its configuration: then the lease is released before the next question.
        if (lease?.Taken is { } taken)
            return IndexOf(taken) is var index and >= 0 ? _answers[index] : _none;
        // A new connection waits behind those that wait already.
        if (waiter is null && Queue.Count > 0)
            return _full;
        var server = Pick(tried, lease?.ClientAddress, out var full);
        if (server is null)
            return full ? _full : _none;
        // A lease that takes nothing belongs to a connection that has ended: any answer will do.
        return lease is null || lease.TryTake(server.State, waiter) ? _answers[server.Index] : _none;
    }

    /// <summary>
    /// The server to use; null when there is none. A retry has a balancer of its own: with a shared one, of two servers one of which
    /// refuses, every connection would try the refusing one first.
    /// </summary>
    /// <param name="full">Whether null was returned because the usable servers are full.</param>
    public ServerModel? Pick(ulong tried, IPAddress? client, out bool full)
    {
        full = false;
        var among = Candidates & ~tried;
        if (among == 0)
            return null;
        var balancer = tried == 0 ? _sharing.First : _sharing.Others;
        if (!balancer.KeepsTo && _sharing.Limited)
        {
            among = WithRoom(among);
            full = among == 0;
            if (full)
                return null;
        }
        Span<int> grown = stackalloc int[_young == 0 ? 0 : _weights.Length];
        var server = Servers[balancer.Choose(among, grown.IsEmpty ? _weights : Grow(grown), client)];
        full = balancer.KeepsTo && server.IsFull;
        return full ? null : server;
    }

    private ulong WithRoom(ulong among)
    {
        var room = among;
        for (var rest = among; rest != 0; rest &= rest - 1)
        {
            var server = Servers[BitOperations.TrailingZeroCount(rest)];
            if (server.IsFull)
                room &= ~server.Bit;
        }
        return room;
    }

    /// <summary>The weights of this moment: in a slow start they grow in a straight line, from 1.</summary>
    private Span<int> Grow(Span<int> weights)
    {
        _weights.CopyTo(weights);
        var now = State.Time.GetTimestamp();
        for (var rest = _young; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            var part = State.Time.GetElapsedTime(Servers[i].UsableSince, now) / Servers[i].Settings.SlowStart;
            if (part < 1 && weights[i] > 0)
                weights[i] = Math.Max(1, (int)(weights[i] * part));
        }
        return weights;
    }

    /// <summary>How connections are shared: common to the snapshots with the same servers.</summary>
    private sealed class Sharing(PoolSettings settings, ImmutableArray<ServerModel> servers)
    {
        public Balancer First { get; } = Balancer.For(settings.Balance, servers);

        /// <summary>For retries.</summary>
        public Balancer Others { get; } = Balancer.For(settings.Balance, servers);

        public bool Limited { get; } = servers.Any(static server => server.Settings.MaxConnections > 0);
    }
}
