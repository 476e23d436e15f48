using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>An operator's setting, which overrides the checks.</summary>
public enum AdminState
{
    Ready,

    /// <summary>No new connections; those that it has go on.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and the server does not count as down.</summary>
    Maint,
}

/// <summary>
/// One server of a backend as a routing decision sees it: immutable, replaced together with its snapshot. All models of one server share
/// <see cref="State"/>, which changes without a decision.
/// </summary>
/// <param name="Index">Its place in the pool, from 0.</param>
/// <param name="Up">What its checks say.</param>
public sealed record ServerModel(int Index, ServerSettings Settings, ServerState State, bool Up)
{
    public string Name => Settings.Name;

    public AdminState Admin { get; init; }

    /// <summary>0 to <see cref="ServerSettings.MaxWeight"/>: as configured, unless an operator has changed it.</summary>
    public int Weight { get; init; } = Settings.Weight;

    public IPEndPoint EndPoint { get; init; } = State.EndPoint;

    /// <summary>Timestamp at which it became usable; 0: it always was, and no slow start applies.</summary>
    public long UsableSince { get; init; }

    public bool HasAddress => !EndPoint.Address.Equals(IPAddress.Broadcast);

    /// <summary>Whether it is in service: drained, or without a weight, it still serves the connections that it has.</summary>
    public bool IsInService => Up && Admin != AdminState.Maint && HasAddress;

    /// <summary>Whether it may get new connections.</summary>
    public bool IsUsable => Up && Admin == AdminState.Ready && Weight > 0 && HasAddress;

    public bool IsFull => Settings.MaxConnections > 0 && State.Connections >= Settings.MaxConnections;

    internal ulong Bit => BackendPool.Bit(Index);
}

/// <summary>What a backend keeps across snapshots and configurations.</summary>
public sealed class BackendState(string name, TimeProvider time)
{
    public ConnectionQueue Queue { get; } = new(name);

    /// <summary>What its servers have served, sessions without a server included.</summary>
    public BackendTraffic Traffic { get; } = new();

    internal TimeProvider Time { get; } = time;
}

/// <summary>To the probe of a server: this many connections in a row have failed to reach it.</summary>
public sealed record ConnectionsFailed(int Count, CloseReason Last) : IDeadLetterSuppression;

/// <summary>
/// What changes of a server without a routing decision: connections, traffic, address, health. It outlives snapshots and configurations.
/// For any thread.
/// </summary>
public sealed class ServerState(BackendState backend, IPEndPoint endPoint)
{
    private IPEndPoint _endPoint = endPoint;
    private ServerHealth? _health;
    private IActorRef? _probe;
    private int _connections, _failuresInARow, _failureLimit;

    public BackendState Backend => backend;

    public ServerTraffic Traffic { get; } = new();

    /// <summary>Changes when its host name has moved; a connection goes on with the address that it was made to.</summary>
    public IPEndPoint EndPoint
    {
        get => Volatile.Read(ref _endPoint);
        internal set => Volatile.Write(ref _endPoint, value);
    }

    public bool HasAddress => !EndPoint.Address.Equals(IPAddress.Broadcast);

    /// <summary>What its checks have found; null: it is not checked.</summary>
    public ServerHealth? Health
    {
        get => Volatile.Read(ref _health);
        internal set => Volatile.Write(ref _health, value);
    }

    /// <summary>Connections that hold a lease on it, those that are being dialled included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>An address to which nothing can be sent, not even by a check: connect(2) says ENETUNREACH.</summary>
    public static IPEndPoint Nowhere(int port) => new(IPAddress.Broadcast, port);

    internal void Enter() => Interlocked.Increment(ref _connections);

    internal void Leave() => Interlocked.Decrement(ref _connections);

    /// <returns>False: someone else has replaced <paramref name="before"/>, as a new configuration does.</returns>
    internal bool TryUpdate(ServerHealth before, ServerHealth next) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _health, next, before), before);

    /// <summary>Tells <paramref name="probe"/> each time that <paramref name="limit"/> connections in a row have failed.</summary>
    internal void Observe(IActorRef probe, int limit)
    {
        _failureLimit = limit;
        Volatile.Write(ref _probe, probe);
    }

    internal void StopObserving(IActorRef probe) => Interlocked.CompareExchange(ref _probe, null, probe);

    /// <summary>Costs a read, and a write only after failures.</summary>
    internal void OnConnected()
    {
        if (Volatile.Read(ref _failuresInARow) != 0)
            Volatile.Write(ref _failuresInARow, 0);
    }

    /// <param name="failure">One of this machine's own says nothing about the server, and is not counted.</param>
    internal void OnConnectFailed(CloseReason failure)
    {
        if (failure == CloseReason.LocalResource || Volatile.Read(ref _probe) is not { } probe)
            return;
        // Of several threads past the limit, the one that takes the count tells.
        if (Interlocked.Increment(ref _failuresInARow) >= _failureLimit && Interlocked.Exchange(ref _failuresInARow, 0) >= _failureLimit)
            probe.Tell(new ConnectionsFailed(_failureLimit, failure), ActorRefs.NoSender);
    }
}

/// <summary>
/// What a process hands over to the next one for a server: the findings of its checks and the operator's changes. Without it a server that
/// is down or in maintenance would get clients again, and with <c>initial = down</c> no client would be served at first.
/// </summary>
/// <param name="Address">As the configuration writes it: a server at another address is another server.</param>
/// <param name="Up">Null: it is not checked.</param>
/// <param name="Weight">Null: it is the configuration's.</param>
public sealed record ServerHandover(string Backend, string Server, string Address, bool? Up, AdminState Admin, int? Weight)
{
    public static IReadOnlyList<ServerHandover> Of(RouteSnapshot routes) =>
    [
        .. from pool in routes.Backends
            from server in pool.Servers
            select new ServerHandover(
                pool.Name,
                server.Name,
                $"{server.Settings.EndPoint}",
                pool.Settings.Health.Enabled ? server.Up : null,
                server.Admin,
                server.Weight == server.Settings.Weight ? null : server.Weight),
    ];

    /// <summary>The routes of a process that starts, with what the process before it knew.</summary>
    internal static RouteSnapshot Apply(IReadOnlyList<ServerHandover> handovers, RouteSnapshot routes) =>
        handovers.Aggregate(routes, static (routes, handover) => handover.Apply(routes));

    private RouteSnapshot Apply(RouteSnapshot routes)
    {
        var pool = routes.PoolOf(Backend);
        if (pool?.Servers.FirstOrDefault(server => server.Name == Server && $"{server.Settings.EndPoint}" == Address) is not { } server)
            return routes;
        var health = pool.Settings.Health;
        if (health.Enabled && Up is { } up)
            server.State.Health = ServerHealth.Known(health, up);
        return routes.With(Backend, server.Index, before => before with
        {
            Admin = Admin,
            Weight = Math.Clamp(Weight ?? before.Weight, 0, ServerSettings.MaxWeight),
            Up = health.Enabled ? Up ?? before.Up : before.Up,
        });
    }
}
