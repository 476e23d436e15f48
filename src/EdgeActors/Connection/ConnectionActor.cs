using Akka.Actor;
using Akka.Event;
using EdgeActors.Admit;
using EdgeActors.Config;
using EdgeActors.Dial;
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
    private RouteAnswer? _answer;
    private int _routerSilences;
    private ConnectFailure _failure;
    private ulong _tried;

    /// <summary>Until a backend is found; then nothing of what the hello said of TLS is kept.</summary>

    public ConnectionActor(Accepted accepted)
    {
        _context = accepted.Context;
        _record = new ConnectionRecord(accepted.Link, _context.Listener.Name, Self);
        _admission = _context.Admission.LimitsRate ? Admission.Asked : Admission.Granted;
    }

    /// <summary>Decided once: what the limiter says later than this node changes nothing.</summary>
    private enum Admission : byte
    {
        Asked,
        Granted,
        Refused,
    }

    private enum State
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
                Admitted(answer.Admitted);
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
                Services.Observer?.Taken((RouteTo)_answer!);
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

    private void Begin()
    {
        Link.Handler = _record;
        Services.Live.Add(_record);
        Services.Meters.Accepted();
        var header = ProxyHeaderPeek.RuleFor(Link.Client.Address, _context.Listener.AcceptProxy);
        if (header != ProxyHeaderRule.Required && !Introduced())
            return;
        if (!_context.Peeks.Offer(new PeekRequest(Link, Self, header)))
            Close(CloseReason.PeeksFull);
    }

    /// <summary>Whose connection it is, is known: at accept, or as soon as a trusted peer has said so.</summary>
    /// <returns>Whether it may stay.</returns>
    private bool Introduced()
    {
        _introduced = true;
        Services.Log.Connection(LogKind.Accept, _record);
        if (Enter())
            return true;
        _admission = Admission.Refused;
        return false;
    }

    /// <summary>What is known at once decides at once; the limiter's answer comes while the hello is awaited.</summary>
    private bool Enter()
    {
        var admission = _context.Admission;
        var address = AddressKey.From(Link.Client.Address);
        if (admission.Denies(address))
        {
            Close(CloseReason.Denied);
            return false;
        }
        var key = admission.KeyOf(address);
        // Whoever has too many open is counted there, too: who keeps knocking stays out.
        if (_admission == Admission.Asked)
            Services.Limiter.Tell(new RateQuery(_context.ListenerIndex, key), Self);
        _counted = admission.TryOpen(key);
        if (!_counted)
            Close(CloseReason.TooManyConnections);
        return _counted;
    }

    private void Admitted(bool admitted)
    {
        _admission = admitted ? Admission.Granted : Admission.Refused;
        if (!admitted)
            Close(CloseReason.RateLimited);
    }

    private void Peeked(PeekResult peeked)
    {
        var refusals = _context.Listener.Refusals;
        switch (peeked)
        {
            case { Hello: { } hello }:
                _record.PeekedAt = Services.Time.GetTimestamp();
                _record.ServerName = hello.ServerName;
                _record.HasEch = hello.HasEch;
                _record.Alpn = hello.Alpn;
                if (hello.Sni == SniState.Absent)
                    Refuse(CloseReason.NoSni, refusals.NoSni);
                else if (hello.ServerName is null)
                    Refuse(CloseReason.InvalidSni, refusals.UnknownSni);
                else
                    Find();
                break;
            case { Outcome: PeekOutcome.NotTls }:
                _record.PeekedAt = Services.Time.GetTimestamp();
                Refuse(CloseReason.NotTls, refusals.NotTls);
                break;
            default:
                Close(PeekReasons.From(peeked.Outcome));
                break;
        }
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
                Dial(to);
                break;
            case Queued queued:
                Wait(queued);
                break;
            case QueueFull full:
                _record.Backend = full.Backend;
                Close(CloseReason.QueueFull);
                break;
            case NoServer none:
                _record.Backend ??= none.Backend;
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

    private void Dial(RouteTo to)
    {
        _state = State.Dialling;
        _answer = to;
        _record.Backend = to.Backend.Name;
        _record.Server = to.Server.Name;
        _tried |= BackendPool.Bit(to.Server.Index);
        Span<byte> preface = stackalloc byte[Prefaces.MaxLength];
        Link.Connect(to.Plan, preface[..Prefaces.Write(preface, to.Backend, _record)]);
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
        _state = State.Ended;
        _record.Undecided = false;
        if (!_introduced)
            Services.Log.Connection(LogKind.Accept, _record);
        if (_counted && _context.Admission.LimitsOpen)
            _context.Admission.Close(KeyOfClient());
        TellFreed(_record.End());
        Services.Live.Remove(_record);
        Services.Meters.Closed(_record.Reason);
        Services.Log.Connection(LogKind.Close, _record);
    }

    private AddressKey KeyOfClient() => _context.Admission.KeyOf(AddressKey.From(Link.Client.Address));
}
