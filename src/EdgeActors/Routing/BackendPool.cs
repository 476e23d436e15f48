using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>A backend in a routing decision; immutable, replaced when a server changes. Its snapshots share balancers and
/// <see cref="BackendState"/>, so a health change does not restart the round robin. Thread-safe.</summary>
public sealed class BackendPool
{
    /// <summary>Weight resolution, so that a slow start grows smoothly.</summary>
    private const int WeightUnit = 256;

    private readonly Sharing _sharing;
    private readonly int[] _weights;

    /// <summary>Servers that may be in slow start.</summary>
    private readonly ulong _young;

    // Prepared, so that an answer allocates nothing.
    private readonly RouteTo[] _answers;
    private readonly NoServer _none;
    private readonly QueueFull _full;

    /// <param name="servers">1 to <see cref="BackendSettings.MaxServers"/>, each at its own index.</param>
    internal BackendPool(BackendSettings settings, ImmutableArray<ServerModel> servers, BackendState state)
        : this(settings, servers, state, new Sharing(settings.Pool, servers))
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers.Length, BackendSettings.MaxServers);
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
        _answers = [.. servers.Select(AnswerOf)];
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

    /// <summary>True if a server accepts new connections, full ones included.</summary>
    public bool IsUsable => Candidates != 0;

    /// <summary>Clients are bound to servers, so a later waiter may be served before an earlier one.</summary>
    internal bool KeepsTo => _sharing.First.KeepsTo;

    /// <summary>The set of servers for new connections, full ones included.</summary>
    internal ulong Candidates { get; }

    /// <summary>The set with only the server at <paramref name="index"/>.</summary>
    public static ulong Bit(int index) => 1UL << index;

    /// <summary>The answer that names this server; null: it is not in this configuration, or has another address.</summary>
    internal RouteTo? AnswerOf(string server, string address) =>
        Array.Find(_answers, answer => answer.Server.Name == server && answer.Server.Settings.Address == address);

    /// <summary>The index of a server; -1: not in this configuration.</summary>
    internal int IndexOf(ServerState server)
    {
        for (var i = 0; i < Servers.Length; i++)
        {
            if (ReferenceEquals(Servers[i].State, server))
                return i;
        }
        return -1;
    }

    /// <summary>The pool with one server changed; the same object if nothing changes.</summary>
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

    /// <summary>The pool for another configuration. Its queue is kept.</summary>
    internal BackendPool Next(BackendSettings settings, ImmutableArray<ServerModel> servers) =>
        // The round robin continues if servers and balancing are unchanged.
        settings.Pool == Settings.Pool && servers.SequenceEqual(Servers, static (one, other) => one.Settings == other.Settings)
            ? new BackendPool(settings, servers, State, _sharing)
            : new BackendPool(settings, servers, State);

    private RouteTo AnswerOf(ServerModel server) => server.Addresses.Reverse().Aggregate(
        (RouteTo?)null,
        (next, address) => new RouteTo(
            Settings, server, new ConnectPlan(address, Settings.ConnectTimeout, Settings.Timeouts, Settings.SourceFor(address)), next))!;

    /// <summary>Records the start of up and down states, once this pool is in force.</summary>
    internal void CountChanges()
    {
        var now = Math.Max(1, State.Time.GetTimestamp());
        foreach (var server in Servers)
            server.State.Traffic.Is(server.IsInService, now);
        Traffic.Is(IsUsable, now);
    }

    /// <summary>Answers a connection and gives its lease the chosen server.</summary>
    /// <param name="tried">Servers that failed for this connection; see <see cref="Bit"/>.</param>
    /// <param name="lease">Null: not counted.</param>
    /// <param name="waiter">Its queue entry, if any.</param>
    /// <returns><see cref="QueueFull"/> if it must wait.</returns>
    internal RouteAnswer Find(ulong tried, ServerLease? lease, Waiter? waiter)
    {
        // A repeated question. If a reload removed the server, the lease is released before the next one.
        if (lease?.Taken is { } taken)
            return IndexOf(taken) is var index and >= 0 ? _answers[index] : _none;
        // New connections wait behind earlier waiters.
        if (waiter is null && Queue.Count > 0)
            return _full;
        var server = Pick(tried, lease?.ClientAddress, out var full);
        if (server is null)
            return full ? _full : _none;
        // The lease refuses only after the connection has ended, so any answer will do.
        return lease is null || lease.TryTake(server.State, waiter) ? _answers[server.Index] : _none;
    }

    /// <summary>The server to use, or null. Retries have their own balancer: with a shared one and one of two servers failing, every
    /// connection would try the failing one first.</summary>
    /// <param name="full">True if null is returned because the usable servers are full.</param>
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

    /// <summary>The current weights; in a slow start they grow linearly from 1.</summary>
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

    /// <summary>The balancers, shared by snapshots with the same servers.</summary>
    private sealed class Sharing(PoolSettings settings, ImmutableArray<ServerModel> servers)
    {
        public Balancer First { get; } = Balancer.For(settings.Balance, servers);

        public Balancer Others { get; } = Balancer.For(settings.Balance, servers);

        public bool Limited { get; } = servers.Any(static server => server.Settings.MaxConnections > 0);
    }
}
