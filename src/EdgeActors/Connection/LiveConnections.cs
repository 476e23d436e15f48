using System.Collections.Concurrent;
using Akka.Actor;
using EdgeActors.Routing;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// A connection with its lease on a server. It turns the transport's calls into messages, so that the actor's state changes in the actor alone.
/// One object, because there is one for every client.
/// </summary>
public sealed class LiveConnection(Link link, FrontendTraffic traffic, IActorRef connection) : ServerLease(link, traffic, connection), ILinkHandler
{
    void ILinkHandler.Joined(Link link) => Connection.Tell(LinkJoined.Instance, ActorRefs.NoSender);

    void ILinkHandler.ConnectFailed(Link link, CloseReason reason) => Connection.Tell(LinkNotConnected.For(reason), ActorRefs.NoSender);

    void ILinkHandler.Ended(Link link) => Connection.Tell(LinkEnded.Instance, ActorRefs.NoSender);
}

/// <summary>All connections that live, whoever of the actors restarts meanwhile.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<long, LiveConnection> _live = new();
    private int _count;

    /// <summary>Kept apart because counting a concurrent dictionary locks it whole.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A moving picture: connections that come or go meanwhile may be in it or not.</summary>
    public IEnumerable<LiveConnection> Records => _live.Select(pair => pair.Value);

    /// <returns>Null if there is none of that number.</returns>
    public LiveConnection? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>Closes the connections that a server which has gone down still serves.</summary>
    /// <returns>Their number.</returns>
    internal int CloseSessions(ServerState server)
    {
        var closed = 0;
        foreach (var record in Records)
        {
            if (!ReferenceEquals(record.Taken, server) || record.Link.Counters.JoinedAt == 0)
                continue;
            record.Connection.Tell(new CloseConnection(CloseReason.ServerDown), ActorRefs.NoSender);
            closed++;
        }
        return closed;
    }

    internal void Add(LiveConnection record)
    {
        if (_live.TryAdd(record.Link.Id, record))
            Interlocked.Increment(ref _count);
    }

    internal void Remove(LiveConnection record)
    {
        if (_live.TryRemove(record.Link.Id, out _))
            Interlocked.Decrement(ref _count);
    }
}
