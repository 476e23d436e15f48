using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
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

/// <summary>To a connection: router or limiter have been silent for the admission timeout.</summary>
internal sealed record DecisionOverdue : IDeadLetterSuppression;

/// <summary>
/// Connections that wait for router and limiter, the oldest first. One queue and one timer for all of them, because a timer each would cost
/// more than the question. Any thread may add. The timer is the framework's, which runs only while there is anyone: that of an actor system has a
/// beat of its own, and the shorter that is, the more it costs when nothing happens.
/// </summary>
public sealed class PendingDecisions
{
    // Not a concurrent one: that keeps what was peeked at, segment linked to segment, until the collector looks at its oldest generation.
    private readonly Queue<(LiveConnection Record, long Since)> _waiting = new();
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _looking;

    public PendingDecisions(TimeSpan timeout, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Timeout = timeout;
        _time = time;
        _timer = time.CreateTimer(static self => ((PendingDecisions)self!).TellOverdue(), this, Never, Never);
    }

    private static TimeSpan Never => System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>After which who waits is told so, again and again.</summary>
    public TimeSpan Timeout { get; }

    internal void Add(LiveConnection record)
    {
        lock (_lock)
            _waiting.Enqueue((record, _time.GetTimestamp()));
        LookLater();
    }

    /// <summary>Tells those that have waited for too long, and forgets them: who goes on waiting adds itself again.</summary>
    internal void TellOverdue()
    {
        var now = _time.GetTimestamp();
        while (NextOverdue(now) is { } record)
            record.Connection.Tell(new DecisionOverdue(), ActorRefs.NoSender);
        Interlocked.Exchange(ref _looking, 0);
        bool anyWaiting;
        lock (_lock)
            anyWaiting = _waiting.Count > 0;
        if (anyWaiting)
            LookLater();
    }

    /// <summary>The oldest one that is overdue; those that no longer wait are forgotten on the way to it.</summary>
    private LiveConnection? NextOverdue(long now)
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var oldest))
            {
                if (oldest.Record.Undecided && _time.GetElapsedTime(oldest.Since, now) < Timeout)
                    return null;
                _waiting.Dequeue();
                if (oldest.Record.Undecided)
                    return oldest.Record;
            }
            return null;
        }
    }

    private void LookLater()
    {
        if (Interlocked.Exchange(ref _looking, 1) == 0)
            _timer.Change(Timeout / 2, Never);
    }
}
