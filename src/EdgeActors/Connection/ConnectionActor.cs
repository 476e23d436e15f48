using Akka.Actor;
using Akka.Event;
using EdgeActors.Admit;
using EdgeActors.Peek;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// One client, from accept to close. It decides and waits; the bytes move below it.
/// <code>
///   Peeking --hello--> Deciding --server, admitted--> Dialling --joined--> Joined
///      |                  |        another server  ^    |  | not               |
///      |                  |                        |    v  | connected         |
///      |                  |                      Redialling                    |
///      +------------------+---------------------------+------------------------+--> link ended, one log line, stop
/// </code>
/// When every usable server is full, it is Queued between being told so and being told of a server.
/// The limiter is asked at accept, so that its answer is there before the hello is. Every end goes through <see cref="Link.Close"/>
/// and comes back as <see cref="LinkEnded"/>, which is the only way out.
/// </summary>
public sealed partial class ConnectionActor : UntypedActor
{
    /// <summary>How long the router may be silent before a connection is given up. Long, because nothing but a machine that stalls keeps it
    /// from answering, and such a machine must not lose its connections on top.</summary>
    private static readonly TimeSpan RouterPatience = TimeSpan.FromSeconds(5);
    private const int MinRouterSilences = 3;

    private readonly ConnectionContext _context;
    private readonly ConnectionRecord _record;
    private State _state = State.Peeking;
    private Admission _admission;
    private bool _counted;
    private bool _introduced;
    private bool _passed;
    private RouteAnswer? _answer;
    private short _routerSilences;
    private ConnectFailure _failure;
    private ulong _tried;

    public ConnectionActor(Accepted accepted)
    {
        _context = accepted.Context;
        _record = Services.Log.ReadsHellos
            ? new HelloKeepingRecord(accepted.Link, _context.Traffic, Self) { Generation = _context.Generation }
            : new ConnectionRecord(accepted.Link, _context.Traffic, Self) { Generation = _context.Generation };
        _admission = _context.Admission.LimitsRate ? Admission.Asked : Admission.Granted;
    }

    /// <summary>Decided once: what the limiter says later than this node changes nothing.</summary>
    private enum Admission : byte
    {
        Asked,
        Granted,
        Refused,
    }

    private enum State : byte
    {
        Peeking,
        Deciding,
        Queued,
        Dialling,
        Redialling,
        Joined,
        Ended,
    }

    private ConnectionServices Services => _context.Services;

    private Link Link => _record.Link;

    public static Props Props(Accepted accepted) => Akka.Actor.Props.CreateBy(accepted);

    protected override void PreStart()
    {
        try
        {
            Begin();
        }
        catch
        {
            // An actor that fails to start gets no PostStop, and its client must not be left hanging.
            PostStop();
            throw;
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LinkEnded:
                End();
                break;
            case CloseConnection close:
                Close(close.Reason);
                break;
            case RateAnswer answer when _admission == Admission.Asked:
                Services.Meters.AdmissionTime.Record(Services.Time.GetElapsedTime(Link.AcceptedAt));
                Admitted(answer);
                Decide();
                break;
            case ProxyHeaderRead when _state == State.Peeking:
                Introduced();
                break;
            case PeekResult peeked when _state == State.Peeking:
                Peeked(peeked);
                break;
            case RouteAnswer answer when _state == State.Deciding:
                _answer = answer;
                Decide();
                break;
            case RouteAnswer answer when _state == State.Redialling:
                Redial(answer);
                break;
            case RouteAnswer answer when _state == State.Queued:
                Served(answer);
                break;
            case QueueCheck check when _state == State.Queued:
                CheckQueued(check);
                break;
            case DecisionOverdue when _state is State.Deciding or State.Redialling:
                Overdue();
                break;
            case LinkNotConnected failed when _state == State.Dialling:
                NotConnected(failed.Failure);
                break;
            case StartOver when _state == State.Redialling:
                Ask(tried: 0);
                break;
            case LinkJoined:
                _state = State.Joined;
                Services.Meters.DialTime.Record(DialTime());
                ((RouteTo)_answer!).Server.Errors?.Taken();
                Services.Log.Connection(LogKind.Connect, _record);
                break;
            case PeekResult or ProxyHeaderRead or RateAnswer or RouteAnswer or DecisionOverdue or StartOver or QueueCheck or LinkNotConnected:
                // Too late: the connection is closing for another reason.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        // Only a crash comes here with a link that lives. It is this connection's alone.
        if (_state != State.Ended)
            Record(CloseReason.Internal);
        Link.Close(LinkCause.Decided, CloseManner.Reset);
    }

    private void Dial(RouteTo to)
    {
        EnterServer(to);
        _state = State.Dialling;
        _answer = to;
        _record.Backend = to.Backend.Name;
        _record.Server = to.Server.Name;
        _tried |= BackendPool.Bit(to.Server.Index);
        if (_record.DialledAt == 0)
            _record.DialledAt = Services.Time.GetTimestamp();
        Span<byte> preface = stackalloc byte[Prefaces.MaxLength];
        Link.Connect(to.Plan, preface[..Prefaces.Write(preface, to.Backend, _record)]);
    }

    private void Close(CloseReason reason) => Close(reason, reason.Facts().Manner);

    private void Close(CloseReason reason, CloseManner manner)
    {
        if (_record.Reason == CloseReason.None)
            _record.Reason = reason;
        Link.Close(LinkCause.Decided, manner);
    }

    private void End()
    {
        Record(Link.Cause == LinkCause.Decided ? CloseReason.Internal : CloseReasons.From(Link.Cause));
        Context.Stop(Self);
    }

    /// <param name="reason">Unless there is an earlier one.</param>
    private void Record(CloseReason reason)
    {
        if (_record.Reason == CloseReason.None || Link.Cause is not (LinkCause.None or LinkCause.Decided))
            _record.Reason = reason;
        if (_state == State.Queued)
            LeaveQueue();
        _state = State.Ended;
        _record.Undecided = false;
        if (!_introduced)
            Services.Log.Accepted(_record);
        if (_counted && _context.Admission.LimitsOpen)
            _context.Admission.Close(KeyOfClient());
        TellFreed(_record.End());
        Services.Meters.Closed(_record.Reason);
        Services.Log.Closed(_record, Counts(), _passed);
        Services.Live.Remove(_record);
        CountEnd();
    }

    private ConnectionCounts Counts()
    {
        var server = (_answer as RouteTo)?.Server;
        // As HAProxy counts: its server has been given back, and it is no more one of the backend's.
        var ofBackend = _visit == Visit.None ? 0 : (_answer?.Traffic?.Current ?? 1) - 1;
        return new ConnectionCounts(
            Services.Live.Count, (int)_record.Traffic.Current, (int)ofBackend, server?.Connections ?? 0, _record.QueuedBehind);
    }
}
