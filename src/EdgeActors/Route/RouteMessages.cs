using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Peek;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Route;

/// <summary>Where to with this client? Answered to the sender with a <see cref="RouteAnswer"/>.</summary>
/// <param name="ServerName">The name that it wants; null when <paramref name="Backend"/> is given.</param>
/// <param name="Tried">The set of the backend's servers that did not take this connection (see <see cref="BackendPool.Bit"/>); only another one
/// will do.</param>
/// <param name="Offered">The protocols that it offers.</param>
/// <param name="Backend">The backend, where it is settled: by a listener's policy, or by an earlier answer.</param>
/// <param name="Seat">Who asks: the server of the answer counts it from now on. Null: nobody is counted.</param>
public sealed record RouteQuery(
    string? ServerName, ulong Tried, AlpnList Offered = default, string? Backend = null, ServerSeat? Seat = null);

/// <summary>A connection that has ended meanwhile does not miss it.</summary>
public abstract record RouteAnswer : IDeadLetterSuppression
{
    /// <summary>Where the backend counts that it names; null: it names none.</summary>
    internal virtual BackendTraffic? Traffic => null;
}

/// <summary>To this server. One instance a server serves all connections.</summary>
public sealed record RouteTo(BackendSettings Backend, BackendServer Server, ConnectPlan Plan) : RouteAnswer
{
    internal override BackendTraffic? Traffic => Server.PoolTraffic;
}

/// <summary>No route takes this name with these protocols, or the backend is not there any more.</summary>
public sealed record NoRoute : RouteAnswer
{
    public static readonly NoRoute Instance = new();
}

/// <summary>The backend has no server that is usable, or none but those that were tried.</summary>
public sealed record NoServer(string Backend) : RouteAnswer
{
    internal override BackendTraffic? Traffic => Pool;

    internal BackendTraffic? Pool { get; init; }
}

/// <summary>From a probe: the server's state has changed.</summary>
public sealed record ServerHealth(string Backend, BackendServer Server, bool Up);
