using Akka.Actor;
using Akka.Event;
using EdgeActors.Admission;
using EdgeActors.Resources;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>The parent of all connections, so that they outlive their listener. A connection that throws is stopped alone; when this
/// actor throws, its parent resumes it.</summary>
public sealed class ConnectionsActor(ConnectionServices services) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan DrainCheck = TimeSpan.FromMilliseconds(20);
    private static readonly SupervisorStrategy StopTheOne = new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>Connections run on their parent's dispatcher.</summary>
    private readonly Props _connection =
        ConnectionActor.Props(services.Idle).WithDispatcher(Context.Dispatcher.Id).WithMailbox(ConnectionMailbox.AddTo(Context.System));
    private IActorRef _drainer = ActorRefs.Nobody;
    private long _drainSince;
    private TimeSpan _drainTimeout;
    private readonly HashSet<LiveConnection> _closed = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ConnectionServices services) => Akka.Actor.Props.Create(() => new ConnectionsActor(services));

    protected override SupervisorStrategy SupervisorStrategy() => StopTheOne;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Accepted or Adopted:
                Context.ActorOf(_connection).Tell(message, ActorRefs.NoSender);
                break;
            case Drain drain:
                _drainer = Sender;
                _drainSince = services.Time.GetTimestamp();
                _drainTimeout = drain.Timeout;
                Timers.StartPeriodicTimer(nameof(CheckDrain), new CheckDrain(), TimeSpan.Zero, DrainCheck);
                break;
            case CheckDrain:
                Check();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Check()
    {
        // A connection that was just accepted may not be among the live ones yet.
        if (services.Live.Count == 0 && Context.GetChildren().Count() == services.Idle.Count)
        {
            Timers.Cancel(nameof(CheckDrain));
            _drainer.Tell(new Drained(_closed.Count));
        }
        else if (services.Time.GetElapsedTime(_drainSince) >= _drainTimeout)
        {
            foreach (var record in services.Live.Records.Where(_closed.Add))
                record.Connection.Tell(new CloseConnection(record, CloseReason.Drained), ActorRefs.NoSender);
        }
    }

    private sealed record CheckDrain : INotInfluenceReceiveTimeout;
}

/// <summary>Shared by all connections of this node.</summary>
/// <param name="Router">Takes <see cref="Routing.RouteQuery"/>.</param>
/// <param name="Limiter">Takes <see cref="Admission.RateQuery"/>: a shard region, or its local parent.</param>
/// <param name="Pending">Connections that wait for router or limiter.</param>
public sealed record ConnectionServices(
    IActorRef Router,
    IActorRef Limiter,
    PendingDecisions Pending,
    LiveConnections Live,
    EdgeLog Log,
    EdgeMeters Meters,
    TimeProvider Time)
{
    /// <summary>Whether memory allows one more connection.</summary>
    public MemoryGuard Memory { get; init; } = MemoryGuard.Off;

    public IdleActors Idle { get; init; } = new();
}

/// <summary>Shared by all connections of one listener.</summary>
public sealed record ConnectionContext(
    ConnectionServices Services, int ListenerIndex, ListenerSettings Listener, IPeekQueue Peeks, ListenerAdmission Admission)
{
    /// <summary>Number of the configuration that connections are accepted by.</summary>
    public long Generation { get; init; } = 1;

    public FrontendTraffic Traffic { get; } = Services.Meters.Listener(Listener.Name);
}

/// <summary>Actors whose connection has ended, for other connections: the life of an actor costs 4 us and 5 kB. Thread-safe.</summary>
/// <param name="capacity">When it is reached, the next actor stops.</param>
public sealed class IdleActors(int capacity = 256)
{
    private readonly Lock _lock = new();
    private readonly Stack<IActorRef> _idle = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _idle.Count;
        }
    }

    /// <summary>The one that ended last, null if there is none. It takes <see cref="Accepted"/>.</summary>
    internal IActorRef? Take()
    {
        lock (_lock)
            return _idle.TryPop(out var connection) ? connection : null;
    }

    internal bool TryAdd(IActorRef connection)
    {
        lock (_lock)
        {
            if (_idle.Count >= capacity)
                return false;
            _idle.Push(connection);
            return true;
        }
    }
}

/// <summary>From a listener to an idle actor or to the parent of all connections, and on to a new one.</summary>
public sealed record Accepted(Link Link, ConnectionContext Context);

/// <summary>To the parent: close connections that are open after <paramref name="Timeout"/>; answered with <see cref="Drained"/>.</summary>
public sealed record Drain(TimeSpan Timeout);

/// <param name="Closed">Connections closed at the timeout.</param>
public sealed record Drained(int Closed);

/// <param name="Record">The actor may have another connection by now.</param>
public sealed record CloseConnection(ConnectionRecord Record, CloseReason Reason) : IDeadLetterSuppression;

/// <summary>From the transport, by way of <see cref="LiveConnection"/>. A connection that has ended does not need it.</summary>
internal sealed class LinkJoined : IDeadLetterSuppression
{
    public static readonly LinkJoined Instance = new();
}

internal sealed class LinkEnded : IDeadLetterSuppression
{
    public static readonly LinkEnded Instance = new();
}

internal sealed record LinkNotConnected(CloseReason Reason) : IDeadLetterSuppression
{
    private static readonly LinkNotConnected[] Instances =
        [.. Enum.GetValues<CloseReason>().Select(static reason => new LinkNotConnected(reason))];

    public static LinkNotConnected For(CloseReason reason) => Instances[(int)reason];
}
