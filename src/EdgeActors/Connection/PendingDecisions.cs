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
/// more than the question. Any thread may add; the parent of all connections is asked to look through it for as long as there is anyone.
/// </summary>
public sealed class PendingDecisions(TimeSpan timeout, TimeProvider time)
{
    // Not a concurrent one: that keeps what was peeked at, segment linked to segment, until the collector looks at its oldest generation.
    private readonly Queue<(ConnectionRecord Record, long Since)> _waiting = new();
    private readonly Lock _lock = new();
    private readonly Look _look = new(timeout / 2);
    private IActorRef _keeper = ActorRefs.Nobody;
    private int _looking;

    /// <summary>After which who waits is told so, again and again.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <param name="keeper">Gets <see cref="Look"/> when someone waits; calls <see cref="TellOverdue"/> after the time that it says.</param>
    internal void LookedAfterBy(IActorRef keeper) => _keeper = keeper;

    internal void Add(ConnectionRecord record)
    {
        lock (_lock)
            _waiting.Enqueue((record, time.GetTimestamp()));
        AskToLook();
    }

    /// <summary>Tells those that have waited for too long, and forgets them: who goes on waiting adds itself again.</summary>
    internal void TellOverdue()
    {
        var now = time.GetTimestamp();
        while (NextOverdue(now) is { } record)
            record.Connection.Tell(DecisionOverdue.Instance, ActorRefs.NoSender);
        Interlocked.Exchange(ref _looking, 0);
        if (AnyWaiting)
            AskToLook();
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
    private ConnectionRecord? NextOverdue(long now)
    {
        lock (_lock)
        {
            while (_waiting.TryPeek(out var oldest))
            {
                if (oldest.Record.Undecided && time.GetElapsedTime(oldest.Since, now) < Timeout)
                    return null;
                _waiting.Dequeue();
                if (oldest.Record.Undecided)
                    return oldest.Record;
            }
            return null;
        }
    }

    private void AskToLook()
    {
        if (Interlocked.Exchange(ref _looking, 1) == 0)
            _keeper.Tell(_look, ActorRefs.NoSender);
    }

    /// <summary>Look through the queue after a while.</summary>
    internal sealed record Look(TimeSpan After);

    /// <summary>The while is over.</summary>
    internal sealed class Overdue
    {
        public static readonly Overdue Instance = new();
    }
}
