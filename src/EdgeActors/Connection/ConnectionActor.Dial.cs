using Akka.Actor;
using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Dial and join, with retries if a server does not take the connection.</summary>
public sealed partial class ConnectionActor
{
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
        Span<byte> preface = stackalloc byte[Prefaces.MaxLength + _record.ProxyFields.Length];
        _owed++;
        Link.Connect(to.Plan, preface[..Prefaces.Write(preface, to.Backend, _record)]);
    }

    private void OnJoined()
    {
        Phase = ConnectionPhase.Joined;
        _record.ProxyFields = [];
        Services.Meters.DialTime.Record(DialTime());
        ((RouteTo)_answer!).Server.State.OnConnected();
        Services.Log.Connection(LogKind.Connect, _record);
    }

    private void OnNotConnected(CloseReason reason)
    {
        _connectFailure = reason;
        var to = (RouteTo)_answer!;
        Phase = ConnectionPhase.Redialling;
        var step = NextStep(otherServer: true, nextAddress: to.Next is not null);
        if (step == RetryStep.NextAddress)
        {
            _record.Retries++;
            Dial(to.Next!);
            return;
        }
        to.Server.State.OnConnectFailed(reason);
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
        // The second answer to a repeated question.
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

    private RetryStep NextStep(bool otherServer, bool nextAddress = false) =>
        RetryPolicy.After(Backend, _record.Retries + 1, _connectFailure, otherServer, nextAddress);

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

    /// <summary>The first answer that names a backend counts the connection there, even if no server is available.</summary>
    private void CountAtBackend(RouteAnswer answer)
    {
        if (_backendTraffic is not null || answer.Traffic is not { } backend)
            return;
        _backendTraffic = backend;
        backend.Enter(_record.PeekedAt);
    }

    /// <summary>Called before <paramref name="to"/> replaces the last answer.</summary>
    private void CountAtServer(RouteTo to)
    {
        CountAtBackend(to);
        var (server, backend) = (to.Server.State.Traffic, to.Server.State.Backend.Traffic);
        if (_record.Retries > 0)
        {
            // After queueing it is unknown which server had failed before.
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
        _serverTraffic?.MoveOn();
        _serverTraffic = null;
        TellFreed(_record.Release());
    }

    private void TellFreed(ServerFreed? freed)
    {
        if (freed is not null)
            Services.Router.Tell(freed, ActorRefs.NoSender);
    }

    /// <summary>From the hello to the join, without queueing time.</summary>
    private TimeSpan DialTime() =>
        Services.Time.GetElapsedTime(_record.PeekedAt, Link.Counters.JoinedAt) - TimeSpan.FromMilliseconds(_record.QueuedMs);

#pragma warning disable AK1004 // IWithTimers costs every connection an object, and few wait. A late message does no harm.
    private void TellSelfAfter(TimeSpan delay, object message)
    {
        _owed++;
        Context.System.Scheduler.ScheduleTellOnce(delay, Self, message, ActorRefs.NoSender);
    }
#pragma warning restore AK1004

    private sealed record StartOver : IDeadLetterSuppression;
}
