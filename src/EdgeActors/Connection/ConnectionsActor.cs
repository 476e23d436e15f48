using Akka.Actor;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// The parent of all connections, whichever listener they came by, so that a listener may stop, fail or be replaced without one of
/// them. A connection that throws is stopped alone; when this actor throws, its parent resumes it.
/// </summary>
public sealed class ConnectionsActor(ConnectionServices services) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan DrainCheck = TimeSpan.FromMilliseconds(20);
    private static readonly SupervisorStrategy StopTheOne = new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>Connections run where their parent does.</summary>
    private readonly Deploy _deploy = Deploy.None.WithDispatcher(Context.Dispatcher.Id);
    private IActorRef _drainer = ActorRefs.Nobody;
    private long _drainSince;
    private TimeSpan _drainTimeout;
    private int _closed;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ConnectionServices services) => Akka.Actor.Props.Create(() => new ConnectionsActor(services));

    protected override SupervisorStrategy SupervisorStrategy() => StopTheOne;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Accepted accepted:
                Context.ActorOf(ConnectionActor.Props(accepted).WithDeploy(_deploy));
                break;
            case Drain drain:
                _drainer = Sender;
                _drainSince = services.Time.GetTimestamp();
                _drainTimeout = drain.Timeout;
                Timers.StartPeriodicTimer(nameof(CheckDrain), CheckDrain.Instance, TimeSpan.Zero, DrainCheck);
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
        // One that has just been accepted may not have begun to live yet.
        if (services.Live.Count == 0 && !Context.GetChildren().Any())
        {
            Timers.Cancel(nameof(CheckDrain));
            _drainer.Tell(new Drained(_closed));
        }
        else if (_closed == 0 && services.Time.GetElapsedTime(_drainSince) >= _drainTimeout)
        {
            foreach (var child in Context.GetChildren())
            {
                child.Tell(new CloseConnection(CloseReason.Drained));
                _closed++;
            }
        }
    }

    private sealed class CheckDrain : INotInfluenceReceiveTimeout
    {
        public static readonly CheckDrain Instance = new();
    }
}
