using System.Collections.Concurrent;
using Akka.Actor;
using EdgeActors.Route;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>All connections that live, whoever of the actors restarts meanwhile.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<long, ConnectionRecord> _live = new();
    private int _count;

    /// <summary>Kept apart because counting a concurrent dictionary locks it whole.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A moving picture: connections that come or go meanwhile may be in it or not.</summary>
    public IEnumerable<ConnectionRecord> Records => _live.Select(pair => pair.Value);

    /// <returns>Null if there is none of that number.</returns>
    public ConnectionRecord? Find(long id) => _live.GetValueOrDefault(id);

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

    internal void Add(ConnectionRecord record)
    {
        if (_live.TryAdd(record.Link.Id, record))
            Interlocked.Increment(ref _count);
    }

    internal void Remove(ConnectionRecord record)
    {
        if (_live.TryRemove(record.Link.Id, out _))
            Interlocked.Decrement(ref _count);
    }
}
