using EdgeActors.Routing;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Route: waits for the router's server and the limiter's answer.</summary>
public sealed partial class ConnectionActor
{
    /// <summary>Long: the router is late only when the machine stalls, and connections should survive a stall.</summary>
    private static readonly TimeSpan RouterTimeout = TimeSpan.FromSeconds(5);
    private const int MinRouterSilences = 3;

    private void Route()
    {
        Phase = ConnectionPhase.Deciding;
        _answer = null;
        AskRouter(tried: 0);
    }

    /// <summary>Asks by name and protocols at first. A reload does not change a backend that has been chosen.</summary>
    private void AskRouter(ulong tried)
    {
        _tried = tried;
        var query = _record.Backend is { } backend
            ? new RouteQuery(null, tried, Backend: backend, Lease: _record)
            : new RouteQuery(_record.ServerName, tried, _record.Alpn, Lease: _record, Listener: _record.Listener);
        _owed++;
        Services.Router.Tell(query, Self);
        _record.Undecided = true;
        Services.Pending.Add(_record);
    }

    private void Decide()
    {
        // The limiter may answer after this node has decided alone.
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
            case NameRefused refused:
                Close(CloseReason.SniRefused, refused.Mode);
                break;
            default:
                if (_record.Backend is null)
                    Refuse(CloseReason.UnknownSni, _context.Listener.Refusals.UnknownSni);
                else
                    Close(CloseReason.NoServer);
                break;
        }
    }

    /// <summary>The hello was read, the connection is admitted and has a backend: it does not count as dropped.</summary>
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
            // The data plane does not depend on the limiter: this node decides after the timeout.
            Services.Meters.AdmissionTimedOut();
            Admit(_context.Admission.AdmitsAlone(KeyOfClient()), refusedFor: null);
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
}
