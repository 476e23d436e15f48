using System.Net;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>From a connection: which server? Answered to the sender with a <see cref="RouteAnswer"/>.</summary>
/// <param name="ServerName">The name that the client wants; null when <paramref name="Backend"/> is given.</param>
/// <param name="Tried">The set of the backend's servers that did not take this connection (see <see cref="BackendPool.Bit"/>).</param>
/// <param name="Offered">The protocols that the client offers.</param>
/// <param name="Backend">The backend, where a listener's policy or an earlier answer has settled it.</param>
/// <param name="Lease">Takes the server of the answer. Null: the connection is not counted.</param>
public sealed record RouteQuery(
    string? ServerName, ulong Tried, AlpnList Offered = default, string? Backend = null, ServerLease? Lease = null);

/// <summary>Lost without harm where the connection has ended.</summary>
/// <param name="Traffic">Counts the backend that the answer names; null: it names none.</param>
public abstract record RouteAnswer(BackendTraffic? Traffic) : IDeadLetterSuppression;

/// <summary>To this server. One instance serves all connections.</summary>
public sealed record RouteTo(BackendSettings Backend, ServerModel Server, ConnectPlan Plan) : RouteAnswer(Server.State.Backend.Traffic);

/// <summary>No route takes this name with these protocols, or the backend no longer exists.</summary>
public sealed record NoRoute() : RouteAnswer((BackendTraffic?)null)
{
    public static readonly NoRoute Instance = new();
}

/// <summary>The backend has no usable server, or none but those that were tried.</summary>
public sealed record NoServer(string Backend, BackendTraffic? Traffic = null) : RouteAnswer(Traffic);

/// <summary>Every usable server is full; a <see cref="RouteTo"/> follows. Each stay in a queue has its own.</summary>
/// <param name="Ahead">Connections that waited before it.</param>
public sealed record Queued(BackendSettings Backend, int Ahead = 0, BackendTraffic? Traffic = null) : RouteAnswer(Traffic)
{
    /// <summary>Timestamp at which the connection received it.</summary>
    internal long Since { get; set; }
}

/// <summary>Every usable server is full, and so is the queue.</summary>
public sealed record QueueFull(string Backend, BackendTraffic? Traffic = null) : RouteAnswer(Traffic);

/// <summary>From a connection that has released its lease while others wait.</summary>
public sealed record ServerFreed(string Backend);

/// <summary>From a probe: the server's health has changed.</summary>
public sealed record SetServerHealth(string Backend, ServerState Server, bool Up);

/// <summary>From the resolver: the server's host name has another address.</summary>
public sealed record SetServerAddress(string Backend, ServerState Server, IPEndPoint EndPoint);

/// <summary>From an operator. Answered with a <see cref="ServerSet"/>.</summary>
/// <param name="Admin">Null: as it is.</param>
/// <param name="Weight">0 to <see cref="ServerSettings.MaxWeight"/>, the nearest of them otherwise; null: as it is.</param>
public sealed record SetServer(string Backend, string Server, AdminState? Admin = null, int? Weight = null);

/// <param name="Server">The server as it is now; null: there is no such server.</param>
public sealed record ServerSet(ServerModel? Server) : IDeadLetterSuppression;

/// <summary>To the router: another configuration. Answered with <see cref="RoutesReplaced"/>.</summary>
public sealed record ReplaceRoutes(RouteTable Routes, IReadOnlyList<BackendPlan> Backends, TimeProvider Time);

/// <param name="Routes">What is in force now.</param>
public sealed record RoutesReplaced(RouteSnapshot Routes);

/// <summary>To those that follow the routes (health, resolver): <see cref="RouteState.Current"/> has other servers now.</summary>
internal sealed class RoutesChanged
{
    public static readonly RoutesChanged Instance = new();
}
