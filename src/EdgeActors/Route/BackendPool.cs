using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using EdgeActors.Config;
using EdgeActors.Route.Balance;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Route;

/// <summary>
/// The servers of a backend and which of them are usable: an immutable snapshot, replaced whole when a server's health, state or weight
/// changes. Whose turn it is goes on across snapshots, so a change of health does not send everyone to the first server again. Any thread
/// may pick.
/// </summary>
public sealed class BackendPool
{
    /// <summary>Servers of one backend, as many as a set of them has bits.</summary>
    public const int MaxServers = 64;

    /// <summary>Weights are counted in parts of this, so that one that grows does so smoothly.</summary>
    private const int WeightUnit = 256;

    private readonly Shared _shared;
    private readonly ImmutableArray<ServerStatus> _status;
    private readonly int[] _weights;
    private readonly ulong _candidates;

    /// <summary>Servers whose weight may still be growing.</summary>
    private readonly ulong _young;

    /// <summary>A pool whose servers are all up, or all down.</summary>
    /// <param name="name">The backend's.</param>
    /// <param name="servers">1 to <see cref="MaxServers"/>, each at its own index.</param>
    /// <param name="up">Whether they are up.</param>
    /// <param name="settings">How they share connections; null: round robin, and no queue.</param>
    /// <param name="time">For slow starts; null: the system's.</param>
    public BackendPool(string name, ImmutableArray<BackendServer> servers, bool up, PoolSettings? settings = null, TimeProvider? time = null)
        : this(name, servers, [.. servers.Select(server => new ServerStatus(up, AdminState.Ready, server.Weight, server.HasAddress, 0))],
            settings, time ?? TimeProvider.System)
    {
    }

    /// <param name="status">Of each server.</param>
    internal BackendPool(
        string name, ImmutableArray<BackendServer> servers, ImmutableArray<ServerStatus> status, PoolSettings? settings, TimeProvider time)
        : this(name, servers, status, new Shared(servers, settings, time, new ConnectionQueue(name, settings?.Queue.Max ?? 0), new BackendTraffic()))
    {
        ArgumentOutOfRangeException.ThrowIfZero(servers.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(servers.Length, MaxServers);
        for (var i = 0; i < servers.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(servers[i].Index, i);
            servers[i].Queue = Queue;
            servers[i].PoolTraffic = Traffic;
        }
        CountChanges();
    }

    private BackendPool(string name, ImmutableArray<BackendServer> servers, ImmutableArray<ServerStatus> status, Shared shared)
    {
        Name = name;
        Servers = servers;
        _status = status;
        _shared = shared;
        _weights = new int[servers.Length];
        ulong active = 0, backup = 0;
        for (var i = 0; i < servers.Length; i++)
        {
            _weights[i] = status[i].Weight * WeightUnit;
            if (status[i].Up)
                Up |= Bit(i);
            if (status[i].Since != 0 && servers[i].SlowStart > TimeSpan.Zero)
                _young |= Bit(i);
            if (status[i].IsUsable && servers[i].IsBackup)
                backup |= Bit(i);
            else if (status[i].IsUsable)
                active |= Bit(i);
        }
        _candidates = active != 0 ? active : shared.AllBackups ? backup : backup & (0 - backup);
    }

    /// <summary>The backend's name.</summary>
    public string Name { get; }

    /// <summary>All servers, up or down, by index.</summary>
    public ImmutableArray<BackendServer> Servers { get; }

    /// <summary>The set of servers that are up: bit i for the server at index i.</summary>
    public ulong Up { get; }

    /// <summary>How many are up.</summary>
    public int UpCount => BitOperations.PopCount(Up);

    /// <summary>Connections that wait for one of them.</summary>
    public ConnectionQueue Queue => _shared.Queue;

    /// <summary>What all its servers have served, and who found none. It goes on from one configuration to the next.</summary>
    public BackendTraffic Traffic => _shared.Traffic;

    /// <summary>Whether a connection that comes now could be given to one of its servers, full ones included.</summary>
    public bool IsUsable => _candidates != 0;

    /// <summary>A client keeps to its server, so that behind one that waits another may yet be served.</summary>
    internal bool KeepsTo => _shared.First.KeepsTo;

    /// <summary>The set of servers that new connections are shared among, full ones included.</summary>
    internal ulong Candidates => _candidates;

    /// <summary>Whether the server at <paramref name="index"/> is up.</summary>
    public bool IsUp(int index) => (Up & Bit(index)) != 0;

    /// <summary>Where a server is in this pool, also one that an earlier configuration has listed; -1: it is not.</summary>
    internal int IndexOf(BackendServer server)
    {
        if ((uint)server.Index < (uint)Servers.Length && Servers[server.Index].Is(server))
            return server.Index;
        for (var i = 0; i < Servers.Length; i++)
        {
            if (Servers[i].Is(server))
                return i;
        }
        return -1;
    }

    /// <summary>What is known of the server at <paramref name="index"/>.</summary>
    public ServerStatus Status(int index) => _status[index];

    /// <summary>The pool with one server's health changed; the same object where nothing changes.</summary>
    public BackendPool With(int index, bool up) => With(index, Checked(index) with { Up = up });

    /// <summary>The pool with one server's state changed by an operator; the same object where nothing changes.</summary>
    public BackendPool With(int index, AdminState admin) => With(index, Checked(index) with { Admin = admin });

    /// <summary>The pool with one server's weight changed; the same object where nothing changes.</summary>
    /// <param name="weight">0 to <see cref="BackendServer.MaxWeight"/>.</param>
    public BackendPool With(int index, int weight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, BackendServer.MaxWeight);
        return With(index, Checked(index) with { Weight = weight });
    }

    /// <summary>The pool once a server has an address; the same object where it had one.</summary>
    public BackendPool WithAddress(int index) => With(index, Checked(index) with { HasAddress = true });

    /// <summary>The server to use among those that are usable; null when none is.</summary>
    public BackendServer? Pick() => Pick(0, null, out _);

    /// <summary>
    /// A server for a connection that others have failed; null when all that are usable were tried. It takes nobody's turn: if it did, then
    /// of two servers one of which refuses, the refusing one would be asked first by every connection.
    /// </summary>
    /// <param name="tried">The set of servers that were tried, as in <see cref="Up"/>.</param>
    public BackendServer? PickOther(ulong tried) => Pick(tried, null, out _);

    /// <summary>As <see cref="Pick()"/>, or as <see cref="PickOther"/> where some were tried.</summary>
    /// <param name="client">Where the connection comes from.</param>
    /// <param name="full">Null was returned because those that would do are full.</param>
    public BackendServer? Pick(ulong tried, IPAddress? client, out bool full)
    {
        full = false;
        var among = _candidates & ~tried;
        if (among == 0)
            return null;
        var balancer = tried == 0 ? _shared.First : _shared.Others;
        if (!balancer.KeepsTo && _shared.Limited)
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

    /// <summary>The set that holds the server at <paramref name="index"/> alone.</summary>
    public static ulong Bit(int index) => 1UL << index;

    /// <summary>The pool as another configuration wants it. Who waits in the queue goes on waiting.</summary>
    /// <param name="same">The servers are the same ones in the same order, and share in the same way: whose turn it is goes on, too.</param>
    internal BackendPool Next(ImmutableArray<BackendServer> servers, ImmutableArray<ServerStatus> status, PoolSettings settings, bool same)
    {
        Queue.Max = settings.Queue.Max;
        foreach (var server in servers)
        {
            server.Queue = Queue;
            server.PoolTraffic = Traffic;
        }
        return same
            ? new BackendPool(Name, Servers, status, _shared)
            : new BackendPool(Name, servers, status, new Shared(servers, settings, _shared.Time, Queue, Traffic));
    }

    /// <summary>Once this is the pool in force: notes since when it and its servers are up or down.</summary>
    internal void CountChanges()
    {
        var now = Math.Max(1, _shared.Time.GetTimestamp());
        for (var i = 0; i < Servers.Length; i++)
            Servers[i].Traffic.Is(_status[i].IsThere, now);
        Traffic.Is(IsUsable, now);
    }

    private ServerStatus Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Servers.Length);
        return _status[index];
    }

    private BackendPool With(int index, ServerStatus status)
    {
        if (status == _status[index])
            return this;
        if (status.IsUsable && !_status[index].IsUsable)
            status = status with { Since = Math.Max(1, _shared.Time.GetTimestamp()) };
        return new BackendPool(Name, Servers, _status.SetItem(index, status), _shared);
    }

    private ulong WithRoom(ulong among)
    {
        var room = among;
        for (var rest = among; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            if (Servers[i].IsFull)
                room &= ~Bit(i);
        }
        return room;
    }

    /// <summary>The weights of this moment: in a slow start they grow in a straight line, from the least that is not nothing.</summary>
    private Span<int> Grow(Span<int> weights)
    {
        _weights.CopyTo(weights);
        var now = _shared.Time.GetTimestamp();
        for (var rest = _young; rest != 0; rest &= rest - 1)
        {
            var i = BitOperations.TrailingZeroCount(rest);
            var part = _shared.Time.GetElapsedTime(_status[i].Since, now) / Servers[i].SlowStart;
            if (part < 1 && weights[i] > 0)
                weights[i] = Math.Max(1, (int)(weights[i] * part));
        }
        return weights;
    }

    /// <summary>What all snapshots of one pool have in common.</summary>
    private sealed class Shared(
        ImmutableArray<BackendServer> servers, PoolSettings? settings, TimeProvider time, ConnectionQueue queue, BackendTraffic traffic)
    {
        public BackendTraffic Traffic { get; } = traffic;

        public Balancer First { get; } = Balancer.For(settings?.Balance ?? BalanceAlgorithm.RoundRobin, servers);

        /// <summary>For connections that others have failed: turns of their own.</summary>
        public Balancer Others { get; } = Balancer.For(settings?.Balance ?? BalanceAlgorithm.RoundRobin, servers);

        public bool AllBackups { get; } = settings?.AllBackups ?? false;

        public bool Limited { get; } = servers.Any(static server => server.MaxConnections > 0);

        public ConnectionQueue Queue { get; } = queue;

        public TimeProvider Time { get; } = time;
    }
}
