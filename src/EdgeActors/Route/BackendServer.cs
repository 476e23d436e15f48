using System.Net;
using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Route;

/// <summary>
/// One server of a backend. It outlives the snapshots that it is in: what changes here, its connections and its address, is no decision but
/// a fact. Whether it may be used is in the snapshot (<see cref="ServerStatus"/>). When a configuration lists it anew, with another place or
/// share, there is a new object that has the facts in common with the one before.
/// </summary>
public sealed class BackendServer
{
    public const int MaxWeight = 256;

    /// <summary>Of a server that says none: in the middle, so that others may be given less or more.</summary>
    public const int UsualWeight = 100;

    /// <summary>Of a server that is in no pool.</summary>
    private static readonly BackendTraffic NoPool = new();

    private readonly Facts _facts;

    /// <param name="index">Its place in the pool, from 0.</param>
    /// <param name="name">Unique within the backend.</param>
    /// <param name="endPoint">Where it listens; <see cref="Nowhere"/> if that is not known yet.</param>
    public BackendServer(int index, string name, IPEndPoint endPoint)
        : this(index, name, new Facts { EndPoint = endPoint })
    {
    }

    /// <summary>The server that another configuration has listed before.</summary>
    internal BackendServer(int index, BackendServer before)
        : this(index, before.Name, before._facts)
    {
    }

    private BackendServer(int index, string name, Facts facts)
    {
        Index = index;
        Name = name;
        _facts = facts;
    }

    public int Index { get; }

    public string Name { get; }

    /// <summary>Changes when its host name has moved; a connection goes on with the address that it was made to.</summary>
    public IPEndPoint EndPoint
    {
        get => Volatile.Read(ref _facts.EndPoint);
        internal set => Volatile.Write(ref _facts.EndPoint, value);
    }

    /// <summary>Whether its host name has had an address yet.</summary>
    public bool HasAddress => !EndPoint.Address.Equals(IPAddress.Broadcast);

    /// <summary>As configured; an operator may have changed it since, see <see cref="ServerStatus.Weight"/>.</summary>
    public int Weight { get; init; } = UsualWeight;

    /// <summary>Connections at once. Zero: no limit.</summary>
    public int MaxConnections { get; init; }

    public TimeSpan SlowStart { get; init; }

    public bool IsBackup { get; init; }

    /// <summary>Connections that were given to it and have neither ended nor moved on; those that are being dialled are among them.</summary>
    public int Connections => Volatile.Read(ref _facts.Connections);

    public bool IsFull => MaxConnections > 0 && Connections >= MaxConnections;

    /// <summary>Who counts the connections that it does not take; null where nobody wants to know.</summary>
    internal ConnectErrors? Errors
    {
        get => Volatile.Read(ref _facts.Errors);
        set => Volatile.Write(ref _facts.Errors, value);
    }

    /// <summary>What it has served.</summary>
    public ServerTraffic Traffic => _facts.Traffic;

    /// <summary>What its backend has served. Set by the pool.</summary>
    public BackendTraffic PoolTraffic { get; internal set; } = NoPool;

    /// <summary>Who waits for a server of the backend. Set by the pool.</summary>
    internal ConnectionQueue Queue { get; set; } = ConnectionQueue.None;

    /// <summary>An address to which nothing can be sent, not even by a check: connect(2) says ENETUNREACH.</summary>
    public static IPEndPoint Nowhere(int port) => new(IPAddress.Broadcast, port);

    /// <summary>The backend's source address, where it fits this server's family.</summary>
    public IPAddress? SourceOf(BackendSettings backend) =>
        backend.Source?.AddressFamily == EndPoint.AddressFamily ? backend.Source : null;

    /// <summary>Whether both are the same server, listed once or twice.</summary>
    internal bool Is(BackendServer other) => ReferenceEquals(_facts, other._facts);

    internal void Enter() => Interlocked.Increment(ref _facts.Connections);

    internal void Leave() => Interlocked.Decrement(ref _facts.Connections);

    private sealed class Facts
    {
        public readonly ServerTraffic Traffic = new();
        public required IPEndPoint EndPoint;
        public ConnectErrors? Errors;
        public int Connections;
    }
}

/// <summary>What an operator wants of a server, whatever its checks say.</summary>
public enum AdminState
{
    /// <summary>What its checks say, counts.</summary>
    Ready,

    /// <summary>No new connections; those that it has go on.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and nobody minds whether it is there.</summary>
    Maint,
}

/// <summary>Whether a server may get new connections, and how many: the part of it that is in a snapshot.</summary>
/// <param name="Up">Health's word.</param>
/// <param name="Admin">The operator's.</param>
/// <param name="Weight">0 to <see cref="BackendServer.MaxWeight"/>.</param>
/// <param name="HasAddress">Whether there is anywhere to go.</param>
/// <param name="Since">Timestamp at which it became usable; 0: it always was, and has no slow start behind it.</param>
public readonly record struct ServerStatus(bool Up, AdminState Admin, int Weight, bool HasAddress, long Since)
{
    /// <summary>Whether its service is: drained, or without a weight, it still serves those that it has.</summary>
    public bool IsThere => Up && Admin != AdminState.Maint && HasAddress;

    public bool IsUsable => Up && Admin == AdminState.Ready && Weight > 0 && HasAddress;
}
