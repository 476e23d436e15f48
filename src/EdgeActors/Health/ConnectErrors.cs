using Akka.Actor;
using Akka.Event;
using EdgeActors.Transport;

namespace EdgeActors.Health;

/// <summary>To a probe: this many clients' connections in a row were not taken by its server.</summary>
public sealed record ConnectionsNotTaken(int Count, CloseReason Last) : IDeadLetterSuppression;

/// <summary>
/// Counts the connections in a row that a server does not take, and tells its probe at every limit. Any thread counts. A connection that
/// is taken costs one read, and a write only behind failures; none of it is a message.
/// </summary>
public sealed class ConnectErrors(int limit)
{
    private int _inARow;
    private long _total;
    private IActorRef _probe = ActorRefs.Nobody;

    /// <summary>All of them, in a row or not.</summary>
    public long Total => Interlocked.Read(ref _total);

    internal IActorRef Probe
    {
        set => Volatile.Write(ref _probe, value);
    }

    public void Taken()
    {
        if (Volatile.Read(ref _inARow) != 0)
            Volatile.Write(ref _inARow, 0);
    }

    /// <param name="failure">One of this machine's own says nothing about the server, and is not counted.</param>
    public void NotTaken(CloseReason failure)
    {
        if (failure == CloseReason.LocalResource)
            return;
        Interlocked.Increment(ref _total);
        if (Interlocked.Increment(ref _inARow) != limit)
            return;
        Volatile.Write(ref _inARow, 0);
        Volatile.Read(ref _probe).Tell(new ConnectionsNotTaken(limit, failure), ActorRefs.NoSender);
    }
}
