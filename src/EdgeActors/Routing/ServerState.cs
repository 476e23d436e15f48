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

    /// <summary>No new connections; existing ones continue.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and the server does not count as down.</summary>
    Maint,
}

/// <summary>A server in a routing decision; immutable, replaced with its snapshot. All versions of a server share <see cref="State"/>,
/// which changes without a decision.</summary>
/// <param name="Index">Position in the pool, from 0.</param>
/// <param name="Up">The check result.</param>
public sealed record ServerModel(int Index, ServerSettings Settings, ServerState State, bool Up)
{
    public string Name => Settings.Name;

    public AdminState Admin { get; init; }

    /// <summary>0 to <see cref="ServerSettings.MaxWeight"/>: configured or set by an operator.</summary>
    public int Weight { get; init; } = Settings.Weight;

    public IReadOnlyList<EndPoint> Addresses { get; init; } = State.Addresses;

    /// <summary>A <see cref="DnsEndPoint"/> while its host name has no address.</summary>
    public EndPoint EndPoint => Addresses[0];

    /// <summary>The host name no longer has this address. Open connections go on; new ones do not start.</summary>
    public bool IsObsolete { get; init; }

    /// <summary>Timestamp at which it became usable; 0: always usable, no slow start.</summary>
    public long UsableSince { get; init; }

    public bool HasAddress => EndPoint is not DnsEndPoint;

    /// <summary>True if in service; a drained or zero-weight server still serves its connections.</summary>
    public bool IsInService => Up && Admin != AdminState.Maint && HasAddress;

    /// <summary>True if it may get new connections.</summary>
    public bool IsUsable => Up && Admin == AdminState.Ready && Weight > 0 && HasAddress && !IsObsolete;

    public bool IsFull => Settings.MaxConnections > 0 && State.Connections >= Settings.MaxConnections;

    internal ulong Bit => BackendPool.Bit(Index);
}

/// <summary>State of a backend across snapshots and configurations.</summary>
public sealed class BackendState(string name, TimeProvider time)
{
    public ConnectionQueue Queue { get; } = new(name);

    /// <summary>Traffic of its servers and of sessions without a server.</summary>
    public BackendTraffic Traffic { get; } = new();

    internal TimeProvider Time { get; } = time;
}

/// <summary>To a server's probe: this many consecutive connections have failed.</summary>
public sealed record ConnectionsFailed(int Count, CloseReason Last) : IDeadLetterSuppression;

/// <summary>Server state that changes without a routing decision: connections, traffic, addresses, health. It outlives snapshots and
/// configurations. Thread-safe.</summary>
public sealed class ServerState(BackendState backend, params IReadOnlyList<EndPoint> addresses)
{
    private IReadOnlyList<EndPoint> _addresses = addresses;
    private ServerHealth? _health;
    private IActorRef? _probe;
    private int _connections, _failuresInARow, _failureLimit;

    public BackendState Backend => backend;

    public ServerTraffic Traffic { get; } = new();

    /// <summary>New connections are made to the first one, and to the next one if that fails. Changes with DNS; connections keep their
    /// address.</summary>
    public IReadOnlyList<EndPoint> Addresses
    {
        get => Volatile.Read(ref _addresses);
        internal set => Volatile.Write(ref _addresses, value);
    }

    public EndPoint EndPoint => Addresses[0];

    public bool HasAddress => EndPoint is not DnsEndPoint;

    /// <summary>Check results; null: not checked.</summary>
    public ServerHealth? Health
    {
        get => Volatile.Read(ref _health);
        internal set => Volatile.Write(ref _health, value);
    }

    /// <summary>Leases on the server, dialling connections included.</summary>
    public int Connections => Volatile.Read(ref _connections);

    internal void Enter() => Interlocked.Increment(ref _connections);

    internal void Leave() => Interlocked.Decrement(ref _connections);

    /// <returns>False if <paramref name="before"/> was replaced meanwhile, e.g. by a new configuration.</returns>
    internal bool TryUpdate(ServerHealth before, ServerHealth next) =>
        ReferenceEquals(Interlocked.CompareExchange(ref _health, next, before), before);

    /// <summary>Notifies <paramref name="probe"/> after every <paramref name="limit"/> consecutive failures.</summary>
    internal void Observe(IActorRef probe, int limit)
    {
        _failureLimit = limit;
        Volatile.Write(ref _probe, probe);
    }

    internal void StopObserving(IActorRef probe) => Interlocked.CompareExchange(ref _probe, null, probe);

    /// <summary>One read; a write only after failures.</summary>
    internal void OnConnected()
    {
        if (Volatile.Read(ref _failuresInARow) != 0)
            Volatile.Write(ref _failuresInARow, 0);
    }

    /// <param name="failure">Local errors are not counted.</param>
    internal void OnConnectFailed(CloseReason failure)
    {
        if (failure == CloseReason.LocalResource || Volatile.Read(ref _probe) is not { } probe)
            return;
        // Of several threads past the limit, only the one that resets the count reports.
        if (Interlocked.Increment(ref _failuresInARow) >= _failureLimit && Interlocked.Exchange(ref _failuresInARow, 0) >= _failureLimit)
            probe.Tell(new ConnectionsFailed(_failureLimit, failure), ActorRefs.NoSender);
    }
}

/// <summary>The server state for a handover: check results and operator changes. Without it a server that is down or in maintenance would
/// get clients again, and with <c>initial = down</c> no client would be served at first.</summary>
/// <param name="Address">As configured; another address means another server.</param>
/// <param name="Up">Null: not checked.</param>
/// <param name="Weight">Null: as configured.</param>
public sealed record ServerHandover(string Backend, string Server, string Address, bool? Up, AdminState Admin, int? Weight)
{
    public static IReadOnlyList<ServerHandover> Of(RouteSnapshot routes) =>
    [
        .. from pool in routes.Backends
            from server in pool.Servers
            select new ServerHandover(
                pool.Name,
                server.Name,
                server.Settings.Address,
                pool.Settings.Health.Enabled ? server.Up : null,
                server.Admin,
                server.Weight == server.Settings.Weight ? null : server.Weight),
    ];

    /// <summary>Routes at start, with the state of the previous process.</summary>
    internal static RouteSnapshot Apply(IReadOnlyList<ServerHandover> handovers, RouteSnapshot routes) =>
        handovers.Aggregate(routes, static (routes, handover) => handover.Apply(routes));

    private RouteSnapshot Apply(RouteSnapshot routes)
    {
        var pool = routes.PoolOf(Backend);
        if (pool?.Servers.FirstOrDefault(server => server.Name == Server && server.Settings.Address == Address) is not { } server)
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
