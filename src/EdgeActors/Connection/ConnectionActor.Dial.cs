using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Dial;
using EdgeActors.Route;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>When the first server did not take the connection, or none has room for it.</summary>
public sealed partial class ConnectionActor
{
    /// <summary>How soon it is seen that a client in the queue has gone.</summary>
    private static readonly TimeSpan QueueCheckInterval = TimeSpan.FromMilliseconds(200);

    private BackendSettings Backend => _answer is Queued queued ? queued.Backend : ((RouteTo)_answer!).Backend;

    private void NotConnected(ConnectFailure failure)
    {
        _failure = failure;
        ((RouteTo)_answer!).Server.Errors?.NotTaken(failure);
        _state = State.Redialling;
        var decision = NextStep(otherServer: true);
        if (decision.Step != RetryStep.OtherServer)
        {
            Follow(decision);
            return;
        }
        LeaveServer();
        Ask(_tried);
    }

    private void Redial(RouteAnswer answer)
    {
        // The second answer to an earlier question that was asked twice.
        if (answer is RouteTo { Server: var named } && _record.Taken is { } taken && !ReferenceEquals(named, taken))
            return;
        _record.Undecided = false;
        switch (answer)
        {
            case RouteTo to:
                // The pause before starting over has counted already.
                if (_tried != 0)
                    _record.Retries++;
                Dial(to);
                break;
            case Queued queued:
                Wait(queued);
                break;
            case QueueFull:
                Close(CloseReason.QueueFull);
                break;
            default:
                Follow(NextStep(otherServer: false));
                break;
        }
    }

    private RetryDecision NextStep(bool otherServer)
    {
        var backend = Backend;
        return new RetryPolicy(backend.Retries, backend.RetryDelay, backend.Pool.Redispatch).After(_record.Retries + 1, _failure, otherServer);
    }

    private void Follow(RetryDecision decision)
    {
        if (decision.Step == RetryStep.GiveUp)
        {
            Close(CloseReasons.From(_failure));
            return;
        }
        _record.Retries++;
        // With a seat still taken, the router will name the same server again.
        if (decision.Step == RetryStep.StartOver)
            LeaveServer();
        TellMyself(StartOver.Instance, decision.Wait);
    }

    private void Wait(Queued queued)
    {
        EnterQueue(queued);
        _state = State.Queued;
        _answer = queued;
        _record.Backend = queued.Backend.Name;
        _record.QueuedBehind = queued.Ahead;
        CheckAgain(new QueueCheck(queued, queued.Since));
    }

    private void CheckQueued(QueueCheck check)
    {
        // From an earlier stay.
        if (!ReferenceEquals(check.Stay, _answer))
            return;
        // A FIN counts, too: no TLS handshake gets on without the client.
        if (Link.ClientHasLeft)
            Close(CloseReason.ClientGoneQueued);
        else if (Left(check) <= TimeSpan.Zero)
            Close(CloseReason.QueueTimeout);
        else
            CheckAgain(check);
    }

    private void CheckAgain(QueueCheck check)
    {
        var left = Left(check);
        TellMyself(check, left < QueueCheckInterval ? left : QueueCheckInterval);
    }

    private TimeSpan Left(QueueCheck check) => check.Stay.Backend.Pool.Queue.Timeout - Services.Time.GetElapsedTime(check.Since);

    private void Served(RouteAnswer answer)
    {
        if (answer is Queued or QueueFull)
            return;
        if (Link.ClientHasLeft)
        {
            Close(CloseReason.ClientGoneQueued);
            return;
        }
        LeaveQueue();
        _state = State.Redialling;
        Redial(answer);
    }

    private void TellFreed(ServerFreed? freed)
    {
        if (freed is not null)
            Services.Router.Tell(freed, ActorRefs.NoSender);
    }

#pragma warning disable AK1004 // IWithTimers would cost every connection an object, and hardly one comes here. Nor does a late message do harm.
    private void TellMyself(object message, TimeSpan after) =>
        Context.System.Scheduler.ScheduleTellOnce(after, Self, message, ActorRefs.NoSender);
#pragma warning restore AK1004

    private sealed class StartOver : IDeadLetterSuppression
    {
        public static readonly StartOver Instance = new();
    }

    /// <param name="Stay">The stay in the queue that this is of.</param>
    /// <param name="Since">Timestamp of its start.</param>
    private sealed record QueueCheck(Queued Stay, long Since) : IDeadLetterSuppression;
}
