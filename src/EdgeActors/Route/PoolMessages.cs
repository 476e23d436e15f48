using System.Net;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Telemetry.Traffic;

namespace EdgeActors.Route;

/// <summary>Every usable server is full; a <see cref="RouteTo"/> follows when it is this connection's turn. Each stay in a queue has its own.</summary>
/// <param name="Ahead">How many waited before it.</param>
public sealed record Queued(BackendSettings Backend, int Ahead = 0) : RouteAnswer
{
    internal override BackendTraffic? Traffic => Pool;

    internal BackendTraffic? Pool { get; init; }

    /// <summary>Timestamp at which it was heard.</summary>
    internal long Since { get; set; }
}

/// <summary>Every usable server is full, and so is the queue.</summary>
public sealed record QueueFull(string Backend) : RouteAnswer
{
    internal override BackendTraffic? Traffic => Pool;

    internal BackendTraffic? Pool { get; init; }
}

/// <summary>Between snapshot and router: somebody has to wait, and where.</summary>
/// <param name="Refusal">What it is told if it cannot.</param>
public sealed record PoolFull(BackendSettings Backend, ConnectionQueue Queue, QueueFull Refusal) : RouteAnswer;

/// <summary>From a connection that has given its server back, while others waited: have a look at them.</summary>
public sealed record ServerFreed(string Backend);

/// <summary>From an operator: how a server is to be used. Answered with a <see cref="ServerSet"/>.</summary>
public sealed record SetServerState(string Backend, string Server, AdminState State);

/// <summary>From an operator: a server's share. Answered with a <see cref="ServerSet"/>.</summary>
/// <param name="Weight">0 to <see cref="BackendServer.MaxWeight"/>; anything else is taken for the nearest of them.</param>
public sealed record SetServerWeight(string Backend, string Server, int Weight);

/// <summary>The answer to an operator.</summary>
/// <param name="Status">What the server is now; null: there is no such server.</param>
public sealed record ServerSet(ServerStatus? Status) : IDeadLetterSuppression;

/// <summary>From the resolver: a server's host name leads here now.</summary>
public sealed record SetServerAddress(string Backend, BackendServer Server, IPEndPoint EndPoint);
