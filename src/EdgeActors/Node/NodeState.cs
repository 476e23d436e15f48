using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Listening;
using EdgeActors.Resources;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Node;

/// <summary>The actors of a node that connections depend on.</summary>
public sealed record NodeActors(IActorRef Router, IActorRef Limiter, IActorRef Connections, IActorRef Health, IActorRef Resolver);

/// <summary>State that outlives the restarts of a node's actors: tables, counters and limits, readable from any thread.</summary>
public sealed class NodeState : IAsyncDisposable
{
    /// <summary>A node reports every second; reports older than this do not count.</summary>
    private static readonly TimeSpan PeerReportsExpire = TimeSpan.FromSeconds(10);

    private volatile EdgeSettings _settings;
    private volatile bool _draining;

    internal NodeState(EdgeSettings settings, RouteSnapshot routes, EdgeLog log, TimeProvider time, ReceivedHandover? inherited, KeeperChannel? keeper)
    {
        Started = settings;
        _settings = settings;
        Log = log;
        Time = time;
        Inherited = inherited;
        Keeper = keeper;
        StartedAt = time.GetUtcNow();
        if (inherited is not null)
            routes = ServerHandover.Apply(inherited.Servers, routes);
        Routes = new RouteState(routes);
        Peers = new PeerHealth(PeerReportsExpire, time);
        Generations = new Generations(Live, time, routes.Table.Generation);
        Budget = DescriptorBudget.Fit(OpenFiles.RaiseLimit(), DescriptorNeeds.Of(settings, OpenFiles.Count(keeper)));
        if (Budget.Warning is { } warning)
            log.Warning(warning);
        Memory = new MemoryGuard(CgroupMemory.Find() is { } cgroup ? percent => cgroup.Read(percent) : static _ => null, settings.Limits.Memory, log, time);
        Gate = new AcceptGate(inherited is null ? Budget.Connections : 0);
        Transport = Transports.Create(PipeMemory.Apply(Budget.Apply(settings), Memory.Use?.Limit), Gate, time, keeper);
        Pinned = new PinnedMemory(Transport, Memory, settings.Limits.PinnedMemory, log, time);
        Listeners = new RunningListeners(this);
        FloatingIp = new FloatingIp(log, time, FloatingIpFile.Beside(settings.Control.Socket, log));
    }

    public EdgeSettings Settings
    {
        get => _settings;
        internal set => _settings = value;
    }

    /// <summary>The configuration at start: some keys apply at a restart only.</summary>
    internal EdgeSettings Started { get; }

    public EdgeLog Log { get; }

    public TimeProvider Time { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>From the previous process; null: there was none.</summary>
    internal ReceivedHandover? Inherited { get; }

    /// <summary>Null: no connection outlives this process.</summary>
    public KeeperChannel? Keeper { get; }

    public NodeActors Actors { get; internal set; } = null!;

    public RunningListeners Listeners { get; }

    public RouteState Routes { get; }

    /// <summary>Findings of other nodes; empty without a cluster.</summary>
    public PeerHealth Peers { get; }

    public LiveConnections Live { get; } = new();

    public IdleActors Idle { get; } = new();

    public EdgeMeters Meters { get; } = new();

    /// <summary>The rate limits in force, by listener number.</summary>
    internal RateLimits RateLimits { get; } = new([]);

    public Generations Generations { get; }

    public DescriptorBudget Budget { get; }

    /// <summary>Whether memory allows new clients.</summary>
    public MemoryGuard Memory { get; }

    public PinnedMemory Pinned { get; }

    public AcceptGate Gate { get; }

    public ITransport Transport { get; }

    public FloatingIp FloatingIp { get; }

    /// <summary>Whether the node is about to stop, so that new connections should be sent elsewhere.</summary>
    public bool IsDraining
    {
        get => _draining;
        internal set => _draining = value;
    }

    /// <summary>Pauses of accepting, for lack of a resource or at the limit of connections.</summary>
    public long AcceptPauses => Meters.AcceptPausesTotal + Gate.Pauses;

    /// <summary>Whether all actors that connections depend on and all transport threads answer.</summary>
    /// <param name="within">Timeout for all of them together.</param>
    public async Task<bool> Answers(TimeSpan within)
    {
        IActorRef[] actors =
            [Actors.Router, Actors.Limiter, Actors.Connections, Actors.Health, .. Listeners.All.Select(static listener => listener.Actor)];
        try
        {
            var identities = Task.WhenAll(actors.Select(actor => actor.Ask<ActorIdentity>(new Identify(null), within)));
            await Task.WhenAll(identities, Transport.Echo().WaitAsync(within)).ConfigureAwait(false);
            // Akka answers without a subject for a stopped actor.
            return (await identities.ConfigureAwait(false)).All(static identity => identity.Subject is not null);
        }
        catch (Exception e) when (e is AskTimeoutException or TimeoutException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Closes every socket. The actors stop with their system.</summary>
    public async ValueTask DisposeAsync()
    {
        Memory.Dispose();
        Pinned.Dispose();
        await Transport.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>The parent of the node's actors. A child that throws is resumed, as its state lives outside of it: a restart would extend to
/// its children, among them all connections.</summary>
public sealed class NodeActor(Action<IUntypedActorContext> startChildren) : UntypedActor
{
    private static readonly SupervisorStrategy Resuming = new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Resume);

    public static Props Props(Action<IUntypedActorContext> startChildren) => Akka.Actor.Props.Create(() => new NodeActor(startChildren));

    protected override SupervisorStrategy SupervisorStrategy() => Resuming;

    protected override void PreStart() => startChildren(Context);

    protected override void OnReceive(object message)
    {
        if (message is StartChildren start)
            start.With(Context);
        else
            Unhandled(message);
    }
}

internal sealed record StartChildren(Action<IActorRefFactory> With);
