using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>A connection and its lease on a server, in one object per client. It turns the transport's calls into messages, so that only
/// the actor changes its state.</summary>
public sealed class LiveConnection(
    Link link, FrontendTraffic traffic, IActorRef connection) : ServerLease(link, traffic, connection), ILinkHandler
{
    void ILinkHandler.Joined(Link link) => Connection.Tell(LinkJoined.Instance, ActorRefs.NoSender);

    void ILinkHandler.ConnectFailed(Link link, CloseReason reason) => Connection.Tell(LinkNotConnected.For(reason), ActorRefs.NoSender);

    void ILinkHandler.Ended(Link link) => Connection.Tell(LinkEnded.Instance, ActorRefs.NoSender);
}

/// <summary>All live connections, independent of actor restarts.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<long, LiveConnection> _live = new();
    private int _count;

    /// <summary>Counted separately: ConcurrentDictionary.Count takes all of its locks.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Not a snapshot: connections that come or go meanwhile may be missing or included.</summary>
    public IEnumerable<LiveConnection> Records => _live.Select(pair => pair.Value);

    /// <returns>Null: unknown id.</returns>
    public LiveConnection? Find(long id) => _live.GetValueOrDefault(id);

    /// <summary>Closes the connections of a server that has gone down, and returns their number.</summary>
    internal int CloseSessions(ServerState server)
    {
        var closed = 0;
        foreach (var record in Records)
        {
            if (!ReferenceEquals(record.Taken, server) || record.Link.Counters.JoinedAt == 0)
                continue;
            record.Connection.Tell(new CloseConnection(record, CloseReason.ServerDown), ActorRefs.NoSender);
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

/// <summary>To a connection: router or limiter have not answered within the admission timeout.</summary>
internal sealed record DecisionOverdue(LiveConnection Record) : IDeadLetterSuppression;

/// <summary>Connections that wait for router and limiter, the oldest first, with one queue and one timer for all. The timer is .NET's,
/// active only while connections wait: Akka's scheduler ticks all the time. Any thread may add.</summary>
public sealed class PendingDecisions
{
    // Not a ConcurrentQueue: its linked segments keep peeked items alive until a generation 2 collection.
    private readonly Queue<(LiveConnection Record, long Since)> _waiting = new();
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _isTimerOn;

    public PendingDecisions(TimeSpan timeout, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Timeout = timeout;
        _time = time;
        _timer = time.CreateTimer(static self => ((PendingDecisions)self!).TellOverdue(), this, Never, Never);
    }

    private static TimeSpan Never => System.Threading.Timeout.InfiniteTimeSpan;

    /// <summary>Time after which a waiting connection is notified.</summary>
    public TimeSpan Timeout { get; }

    internal void Add(LiveConnection record)
    {
        lock (_lock)
        {
            // Most are decided by now. Queued for longer, they would survive a collection with all that they refer to.
            RemoveDecided();
            _waiting.Enqueue((record, _time.GetTimestamp()));
            if (!_isTimerOn)
                StartTimer(Timeout);
        }
    }

    /// <summary>Notifies and removes overdue connections; a connection that goes on waiting adds itself again.</summary>
    internal void TellOverdue()
    {
        var now = _time.GetTimestamp();
        while (NextOverdue(now) is { } record)
            record.Connection.Tell(new DecisionOverdue(record), ActorRefs.NoSender);
        lock (_lock)
        {
            _isTimerOn = false;
            if (_waiting.TryPeek(out var oldest))
                StartTimer(Timeout - _time.GetElapsedTime(oldest.Since));
        }
    }

    /// <summary>Removes and returns the oldest overdue connection; null: none.</summary>
    private LiveConnection? NextOverdue(long now)
    {
        lock (_lock)
        {
            RemoveDecided();
            return _waiting.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.Since, now) >= Timeout
                ? _waiting.Dequeue().Record : null;
        }
    }

    /// <summary>Up to the oldest undecided one.</summary>
    private void RemoveDecided()
    {
        while (_waiting.TryPeek(out var oldest) && !oldest.Record.Undecided)
            _waiting.Dequeue();
    }

    private void StartTimer(TimeSpan due)
    {
        _isTimerOn = true;
        // .NET's timers count whole milliseconds, rounded down.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(due.TotalMilliseconds))), Never);
    }
}
