using Akka.Actor;
using Akka.Event;

namespace EdgeActors.Connection;

/// <summary>To a connection: router or limiter have been silent for the admission timeout.</summary>
internal sealed class DecisionOverdue : IDeadLetterSuppression
{
    public static readonly DecisionOverdue Instance = new();
}

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
            record.Connection.Tell(DecisionOverdue.Instance, ActorRefs.NoSender);
        Interlocked.Exchange(ref _looking, 0);
        if (AnyWaiting)
            LookLater();
    }

    private bool AnyWaiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count > 0;
        }
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
