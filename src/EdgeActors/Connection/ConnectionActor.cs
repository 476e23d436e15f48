using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// One client at a time, from accept to close. The actor makes decisions; the transport moves the bytes. One file per step, in this order:
/// <c>Accept</c>, <c>Peek</c>, <c>Route</c>, <c>Dial</c>, <c>Queue</c>, <c>Close</c>.
/// <code>
///   Peeking --hello--> Deciding --server, admitted--> Dialling --joined--> Joined
///      |                  |        another server  ^    |  | not               |
///      |                  |                        |    v  | connected         |
///      |                  |                      Redialling                    |
///      +------------------+---------------------------+------------------------+--> Closing: one log line, stop
/// </code>
/// Queued: every usable server is full. The limiter is asked at accept, so that its answer arrives before the hello. Every end goes
/// through <see cref="Link.Close"/>, where the first <see cref="CloseReason"/> wins, and returns as <see cref="LinkEnded"/>. Then the
/// actor is idle, and may take another client.
/// </summary>
public sealed partial class ConnectionActor(IdleActors idle) : UntypedActor
{
    /// <summary>Null while idle.</summary>
    private LiveConnection _record = null!;
    private ConnectionContext _context = null!;

    /// <summary>Answers that are still to come: of the limiter, the peek flow, the router, the link and timers. They bear no id, so that
    /// the actor takes no other client before they have come. Each question has one answer.</summary>
    private int _owed;

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

    public static Props Props(IdleActors idle) => Akka.Actor.Props.CreateBy(new Producer(idle));

    protected override void OnReceive(object message)
    {
        // An order for the last connection. It must not stop an actor that listeners take for idle.
        if (_record is null && message is not (Accepted or Adopted))
            return;
        if (message is RateAnswer or RouteAnswer or PeekResult or LinkJoined or LinkNotConnected or StartOver or QueueCheck)
            _owed--;
        switch (message)
        {
            case Accepted accepted:
                OnAccepted(accepted);
                break;
            case Adopted adopted:
                OnAdopted(adopted);
                break;
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
            case DecisionOverdue overdue when IsMine(overdue.Record) && overdue.Record.Undecided:
                OnDecisionOverdue();
                break;
            case LinkJoined when Phase == ConnectionPhase.Dialling:
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
            case CloseConnection close when IsMine(close.Record):
                Close(close.Reason);
                break;
            case ConnectionMoved:
                OnMoved();
                Context.Stop(Self);
                break;
            case LinkEnded:
                RecordEnd();
                BecomeIdle();
                break;
            case PeekResult or ProxyHeaderRead or RateAnswer or RouteAnswer or DecisionOverdue or StartOver or QueueCheck or LinkJoined
                or LinkNotConnected or CloseConnection:
                // Too late: the connection is already closing, or has ended.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        if (_record is null)
            return;
        // The link is still open only after a crash, which closes this connection alone.
        Link.Close(CloseReason.Internal, CloseMode.Reset);
        RecordEnd();
    }

    private bool IsMine(ConnectionRecord record) => ReferenceEquals(record, _record);

    private void BecomeIdle()
    {
        (_record, _context, _admission, _addressKnown, _counted) = (null!, null!, default, false, false);
        (_answer, _tried, _routerSilences, _passed) = (null, 0, 0, false);
        (_backendTraffic, _serverTraffic, _connectFailure) = (null, null, default);
        if (_owed != 0 || !idle.TryAdd(Self))
            Context.Stop(Self);
    }

    /// <summary>Creates the actor without reflection.</summary>
    private sealed class Producer(IdleActors idle) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ConnectionActor);

        public ActorBase Produce() => new ConnectionActor(idle);

        public void Release(ActorBase actor)
        {
        }
    }
}
