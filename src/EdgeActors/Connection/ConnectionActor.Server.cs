using Akka.Actor;
using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Routed, dialled and joined, or queued; dialled again when a server does not take the connection.</summary>
public sealed partial class ConnectionActor
{
    /// <summary>How long the router may be silent before the connection is closed. Long: the router fails to answer only on a machine that
    /// stalls, and connections are to survive a stall.</summary>
    private static readonly TimeSpan RouterTimeout = TimeSpan.FromSeconds(5);
    private const int MinRouterSilences = 3;

    private void Route()
    {
        Phase = ConnectionPhase.Deciding;
        _answer = null;
        AskRouter(tried: 0);
    }

    /// <summary>By name and protocols at first. Once the backend is settled, a reload of the routes does not change it.</summary>
    private void AskRouter(ulong tried)
    {
        _tried = tried;
        var query = _record.Backend is { } backend
            ? new RouteQuery(null, tried, Backend: backend, Lease: _record)
            : new RouteQuery(_record.ServerName, tried, _record.Alpn, Lease: _record);
        Services.Router.Tell(query, Self);
        _record.Undecided = true;
        Services.Pending.Add(_record);
    }

    private void Decide()
    {
        // The limiter's answer may also come when this node has decided alone and the connection is further on.
        if (_admission != Admission.Granted || _answer is null || Phase != ConnectionPhase.Deciding)
            return;
        _record.Undecided = false;
        switch (_answer)
        {
            case RouteTo to:
                OnPassed(to.Backend.Name);
                Dial(to);
                break;
            case Queued queued:
                OnPassed(queued.Backend.Name);
                Wait(queued);
                break;
            case QueueFull full:
                CountAtBackend(full);
                OnPassed(full.Backend);
                Close(CloseReason.QueueFull);
                break;
            case NoServer none:
                CountAtBackend(none);
                OnPassed(none.Backend);
                Close(CloseReason.NoServer);
                break;
            default:
                if (_record.Backend is null)
                    Refuse(CloseReason.UnknownSni, _context.Listener.Refusals.UnknownSni);
                else
                    Close(CloseReason.NoServer);
                break;
        }
    }

    /// <summary>The connection is no drop: its hello was read, it is admitted, and a backend takes it.</summary>
    private void OnPassed(string backend)
    {
        _passed = true;
        _record.Backend = backend;
        Services.Log.Passed(_record);
    }

    private void OnDecisionOverdue()
    {
        if (_admission == Admission.Asked)
        {
            // The data plane does not depend on its limiter: without an answer in time this node decides.
            Services.Meters.AdmissionTimedOut();
            Admit(_context.Admission.AdmitsAlone(KeyOfClient()));
        }
        if (_admission == Admission.Refused)
            return;
        if (Phase == ConnectionPhase.Deciding && _answer is not null)
            Decide();
        else if (++_routerSilences >= MinRouterSilences && _routerSilences * Services.Pending.Timeout >= RouterTimeout)
            Close(CloseReason.Internal);
        else
            AskRouter(_tried);
    }

    private BackendSettings Backend => _answer is Queued queued ? queued.Backend : ((RouteTo)_answer!).Backend;

    private void Dial(RouteTo to)
    {
        CountAtServer(to);
        Phase = ConnectionPhase.Dialling;
        _answer = to;
        _record.Backend = to.Backend.Name;
        _record.Server = to.Server.Name;
        _tried |= to.Server.Bit;
        if (_record.DialledAt == 0)
            _record.DialledAt = Services.Time.GetTimestamp();
        Span<byte> preface = stackalloc byte[Prefaces.MaxLength];
        Link.Connect(to.Plan, preface[..Prefaces.Write(preface, to.Backend, _record)]);
    }

    private void OnJoined()
    {
        Phase = ConnectionPhase.Joined;
        Services.Meters.DialTime.Record(DialTime());
        ((RouteTo)_answer!).Server.State.OnConnected();
        Services.Log.Connection(LogKind.Connect, _record);
    }

    private void OnNotConnected(CloseReason reason)
    {
        _connectFailure = reason;
        ((RouteTo)_answer!).Server.State.OnConnectFailed(reason);
        Phase = ConnectionPhase.Redialling;
        var step = NextStep(otherServer: true);
        if (step != RetryStep.OtherServer)
        {
            Retry(step);
            return;
        }
        LeaveServer();
        AskRouter(_tried);
    }

    private void Redial(RouteAnswer answer)
    {
        // The second answer to a question that was asked twice.
        if (answer is RouteTo { Server: var named } && _record.Taken is { } taken && !ReferenceEquals(named.State, taken))
            return;
        _record.Undecided = false;
        switch (answer)
        {
            case RouteTo to:
                // A retry after a pause was counted before the pause.
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
                Retry(NextStep(otherServer: false));
                break;
        }
    }

    private RetryStep NextStep(bool otherServer) => RetryPolicy.After(Backend, _record.Retries + 1, _connectFailure, otherServer);

    private void Retry(RetryStep step)
    {
        if (step == RetryStep.GiveUp)
        {
            Close(_connectFailure);
            return;
        }
        _record.Retries++;
        // With the lease kept, the router names the same server again.
        if (step == RetryStep.StartOver)
            LeaveServer();
        TellSelfAfter(Backend.RetryDelay, new StartOver());
    }

    /// <summary>The first answer that names a backend counts the connection there, whether or not the backend has a server for it.</summary>
    private void CountAtBackend(RouteAnswer answer)
    {
        if (_backendTraffic is not null || answer.Traffic is not { } backend)
            return;
        _backendTraffic = backend;
        backend.Enter(_record.PeekedAt);
    }

    /// <summary>Before <paramref name="to"/> replaces the last answer.</summary>
    private void CountAtServer(RouteTo to)
    {
        CountAtBackend(to);
        var (server, backend) = (to.Server.State.Traffic, to.Server.State.Backend.Traffic);
        if (_record.Retries > 0)
        {
            // Unknown after a stay in the queue: which server had failed before.
            var failed = (_answer as RouteTo)?.Server.State;
            var elsewhere = failed is null || !ReferenceEquals(failed, to.Server.State);
            failed?.Traffic.Retry(elsewhere);
            backend.Retry(elsewhere);
        }
        if (_serverTraffic is not null)
        {
            server.DialAgain();
            backend.DialAgain();
            return;
        }
        _serverTraffic = server;
        server.Enter(_record.PeekedAt);
        backend.Choose();
    }

    private void LeaveServer()
    {
        _serverTraffic?.TryNext();
        _serverTraffic = null;
        TellFreed(_record.Release());
    }

    private void TellFreed(ServerFreed? freed)
    {
        if (freed is not null)
            Services.Router.Tell(freed, ActorRefs.NoSender);
    }

    /// <summary>From the hello to the join, without the time in the queue.</summary>
    private TimeSpan DialTime() =>
        Services.Time.GetElapsedTime(_record.PeekedAt, Link.Counters.JoinedAt) - TimeSpan.FromMilliseconds(_queuedMs);

#pragma warning disable AK1004 // IWithTimers costs every connection an object, and few wait. A late message does no harm.
    private void TellSelfAfter(TimeSpan delay, object message) =>
        Context.System.Scheduler.ScheduleTellOnce(delay, Self, message, ActorRefs.NoSender);
#pragma warning restore AK1004

    private sealed record StartOver : IDeadLetterSuppression;

    /// <summary>How soon the queue notices that a client has gone.</summary>
    private static readonly TimeSpan QueueCheckInterval = TimeSpan.FromMilliseconds(200);

    private void Wait(Queued queued)
    {
        CountAtBackend(queued);
        queued.Since = Services.Time.GetTimestamp();
        Phase = ConnectionPhase.Queued;
        _answer = queued;
        _record.Backend = queued.Backend.Name;
        _record.QueuedBehind = queued.Ahead;
        CheckAgain(new QueueCheck(queued));
    }

    private void OnQueueCheck(QueueCheck check)
    {
        // Of an earlier stay in the queue.
        if (!ReferenceEquals(check.Stay, _answer))
            return;
        // A FIN counts, too: no TLS handshake completes without the client.
        if (Link.ClientHasLeft)
            Close(CloseReason.ClientGoneQueued);
        else if (TimeLeft(check.Stay) <= TimeSpan.Zero)
            Close(CloseReason.QueueTimeout);
        else
            CheckAgain(check);
    }

    private void CheckAgain(QueueCheck check)
    {
        var left = TimeLeft(check.Stay);
        TellSelfAfter(left < QueueCheckInterval ? left : QueueCheckInterval, check);
    }

    private TimeSpan TimeLeft(Queued stay) => stay.Backend.Pool.Queue.Timeout - Services.Time.GetElapsedTime(stay.Since);

    private void OnQueueAnswer(RouteAnswer answer)
    {
        if (answer is Queued or QueueFull)
            return;
        if (Link.ClientHasLeft)
        {
            Close(CloseReason.ClientGoneQueued);
            return;
        }
        AddQueueTime();
        Phase = ConnectionPhase.Redialling;
        Redial(answer);
    }

    private void AddQueueTime() =>
        _queuedMs += (int)Math.Min(Services.Time.GetElapsedTime(((Queued)_answer!).Since).TotalMilliseconds, int.MaxValue / 2);

    /// <param name="Stay">The stay in the queue that this check is of.</param>
    private sealed record QueueCheck(Queued Stay) : IDeadLetterSuppression;
}
