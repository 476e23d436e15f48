using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// One client, from accept to close. The actor makes decisions; the transport moves the bytes. One file per step, in this order:
/// <c>Accept</c>, <c>Peek</c>, <c>Route</c>, <c>Dial</c>, <c>Queue</c>, <c>Close</c>.
/// <code>
///   Peeking --hello--> Deciding --server, admitted--> Dialling --joined--> Joined
///      |                  |        another server  ^    |  | not               |
///      |                  |                        |    v  | connected         |
///      |                  |                      Redialling                    |
///      +------------------+---------------------------+------------------------+--> Closing: one log line, stop
/// </code>
/// Queued: every usable server is full. The limiter is asked at accept, so that its answer arrives before the hello. Every end goes
/// through <see cref="Link.Close"/>, where the first <see cref="CloseReason"/> wins, and returns as <see cref="LinkEnded"/>.
/// </summary>
public sealed partial class ConnectionActor : UntypedActor
{
    private readonly ConnectionContext _context;
    private readonly LiveConnection _record;

    // Accept.
    private Admission _admission;
    private bool _addressKnown, _counted;

    // Route.
    private RouteAnswer? _answer;
    private ulong _tried;
    private short _routerSilences;
    private bool _passed;

    // Dial, queue.
    private BackendTraffic? _backendTraffic;
    private ServerTraffic? _serverTraffic;
    private CloseReason _connectFailure;

    public ConnectionActor(Accepted accepted)
    {
        _context = accepted.Context;
        _record = new LiveConnection(accepted.Link, _context.Traffic, Self) { Generation = _context.Generation };
        _admission = _context.Admission.LimitsRate ? Admission.Asked : Admission.Granted;
    }

    /// <summary>Continues a connection of another process.</summary>
    public ConnectionActor(Adopted adopted)
    {
        _context = adopted.Context;
        _record = new LiveConnection(adopted.Link, _context.Traffic, Self) { Generation = adopted.Handover.Generation };
        (_admission, _addressKnown, _passed) = (Admission.Granted, true, true);
        Restore(adopted);
    }

    /// <summary>Decided once: a late answer of the limiter changes nothing.</summary>
    private enum Admission : byte
    {
        Asked,
        Granted,
        Refused,
    }

    private ConnectionServices Services => _context.Services;

    private Link Link => _record.Link;

    private ConnectionPhase Phase
    {
        get => _record.Phase;
        set => _record.Phase = value;
    }

    public static Props Props(Accepted accepted) => Akka.Actor.Props.CreateBy(accepted);

    protected override void PreStart()
    {
        try
        {
            if (Phase == ConnectionPhase.Joined)
                OnAdopted();
            else
                OnAccepted();
        }
        catch
        {
            // Akka calls no PostStop for an actor that fails to start; the client's socket must be closed.
            PostStop();
            Link.Thaw();
            throw;
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateAnswer answer when _admission == Admission.Asked:
                OnRateAnswer(answer);
                break;
            case ProxyHeaderRead when Phase == ConnectionPhase.Peeking:
                OnClientAddressKnown();
                break;
            case PeekResult peeked when Phase == ConnectionPhase.Peeking:
                OnPeeked(peeked);
                break;
            case RouteAnswer answer when Phase == ConnectionPhase.Deciding:
                _answer = answer;
                Decide();
                break;
            case DecisionOverdue when Phase is ConnectionPhase.Deciding or ConnectionPhase.Redialling:
                OnDecisionOverdue();
                break;
            case LinkJoined:
                OnJoined();
                break;
            case LinkNotConnected failed when Phase == ConnectionPhase.Dialling:
                OnNotConnected(failed.Reason);
                break;
            case RouteAnswer answer when Phase == ConnectionPhase.Redialling:
                Redial(answer);
                break;
            case StartOver when Phase == ConnectionPhase.Redialling:
                AskRouter(tried: 0);
                break;
            case RouteAnswer answer when Phase == ConnectionPhase.Queued:
                OnQueueAnswer(answer);
                break;
            case QueueCheck check when Phase == ConnectionPhase.Queued:
                OnQueueCheck(check);
                break;
            case CloseConnection close:
                Close(close.Reason);
                break;
            case ConnectionMoved:
                OnMoved();
                Context.Stop(Self);
                break;
            case LinkEnded:
                RecordEnd();
                Context.Stop(Self);
                break;
            case PeekResult or ProxyHeaderRead or RateAnswer or RouteAnswer or DecisionOverdue or StartOver or QueueCheck or LinkNotConnected:
                // Too late: the connection is already closing.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // The link is still open only after a crash, which closes this connection alone.
        Link.Close(CloseReason.Internal, CloseMode.Reset);
        RecordEnd();
    }
}
