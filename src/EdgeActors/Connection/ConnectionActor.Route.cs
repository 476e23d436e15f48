using EdgeActors.Routing;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>Routed: the router names a server, and the limiter's answer is in.</summary>
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
}
