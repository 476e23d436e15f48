using EdgeActors.Config;
using EdgeActors.Peek;
using EdgeActors.Route;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Where the client is led: by what its first bytes say, once it is admitted.</summary>
public sealed partial class ConnectionActor
{
    private void Peeked(PeekResult peeked)
    {
        var refusals = _context.Listener.Refusals;
        switch (peeked)
        {
            case { Hello: { } hello }:
                Read();
                _record.ServerName = hello.ServerName;
                _record.HasEch = hello.HasEch;
                _record.Alpn = hello.Alpn;
                if (Services.Log.ReadsHellos && Link.Cause == LinkCause.None)
                    _record.Hello = HelloFacts.Of(Link.Received, hello);
                if (hello.Sni == SniState.Absent)
                    Refuse(CloseReason.NoSni, refusals.NoSni);
                else if (hello.ServerName is null)
                    Refuse(CloseReason.InvalidSni, refusals.UnknownSni);
                else
                    Find();
                break;
            case { Outcome: PeekOutcome.NotTls }:
                Read();
                Refuse(CloseReason.NotTls, refusals.NotTls);
                break;
            default:
                Close(PeekReasons.From(peeked.Outcome));
                break;
        }
    }

    /// <summary>What the client says has been read.</summary>
    private void Read()
    {
        _record.PeekedAt = Services.Time.GetTimestamp();
        Services.Meters.PeekTime.Record(Services.Time.GetElapsedTime(Link.AcceptedAt, _record.PeekedAt));
    }

    /// <summary>No route takes this client. The listener's policy may know a backend that does; it is an ordinary connection then.</summary>
    private void Refuse(CloseReason reason, RefusalPolicy policy)
    {
        if (policy.Backend is null)
        {
            Close(reason, policy.Manner);
            return;
        }
        _record.Backend = policy.Backend;
        Find();
    }

    private void Find()
    {
        _state = State.Deciding;
        _answer = null;
        Ask(tried: 0);
    }

    /// <summary>By name at first; once the backend is settled it stays, whatever becomes of the routes.</summary>
    private void Ask(ulong tried)
    {
        _tried = tried;
        // Once the backend is settled, neither name nor protocols matter.
        var query = _record.Backend is { } backend
            ? new RouteQuery(null, tried, Backend: backend, Seat: _record)
            : new RouteQuery(_record.ServerName, tried, _record.Alpn, Seat: _record);
        Services.Router.Tell(query, Self);
        _record.Undecided = true;
        Services.Pending.Add(_record);
    }

    private void Decide()
    {
        // An admission that comes after its time finds the connection further on.
        if (_admission != Admission.Granted || _answer is null || _state != State.Deciding)
            return;
        _record.Undecided = false;
        switch (_answer)
        {
            case RouteTo to:
                Passed(to.Backend.Name);
                Dial(to);
                break;
            case Queued queued:
                Passed(queued.Backend.Name);
                Wait(queued);
                break;
            case QueueFull full:
                EnterBackend(full);
                Passed(full.Backend);
                Close(CloseReason.QueueFull);
                break;
            case NoServer none:
                EnterBackend(none);
                Passed(none.Backend);
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

    /// <summary>It is no drop: its hello was read, it is admitted, and a backend takes it.</summary>
    private void Passed(string backend)
    {
        _passed = true;
        _record.Backend = backend;
        Services.Log.Passed(_record);
    }

    private void Overdue()
    {
        if (_admission == Admission.Asked)
        {
            // The data plane does not depend on its limiter: without an answer in time this node decides.
            Services.Meters.AdmissionTimedOut();
            Admitted(_context.Admission.AdmitsAlone(KeyOfClient()));
        }
        if (_admission == Admission.Refused)
            return;
        if (_state == State.Deciding && _answer is not null)
            Decide();
        else if (++_routerSilences >= MinRouterSilences && _routerSilences * Services.Pending.Timeout >= RouterPatience)
            Close(CloseReason.Internal);
        else
            Ask(_tried);
    }
}
