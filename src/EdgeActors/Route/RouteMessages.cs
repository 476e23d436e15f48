using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Transport;

namespace EdgeActors.Route;

/// <summary>Where to with this name? Answered to the sender with a <see cref="RouteAnswer"/>.</summary>
/// <param name="Tried">The set of the backend's servers that did not take this connection (see <see cref="BackendPool.Bit"/>); only another one
/// will do.</param>
public sealed record RouteQuery(string ServerName, ulong Tried);

/// <summary>A connection that has ended meanwhile does not miss it.</summary>
public abstract record RouteAnswer : IDeadLetterSuppression;

/// <summary>To this server. One instance a server serves all connections.</summary>
public sealed record RouteTo(BackendSettings Backend, BackendServer Server, ConnectPlan Plan) : RouteAnswer;

/// <summary>No backend has this name.</summary>
public sealed record NoRoute : RouteAnswer
{
    public static readonly NoRoute Instance = new();
}

/// <summary>The backend has no server that is up, or none but those that were tried.</summary>
public sealed record NoServer(string Backend) : RouteAnswer;

/// <summary>From a probe: the server's state has changed.</summary>
public sealed record ServerHealth(string Backend, int Server, bool Up);
