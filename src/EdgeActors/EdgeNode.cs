using Akka.Actor;
using Akka.Streams;
using EdgeActors.Admission;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Commands;
using EdgeActors.Cluster.Membership;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Listening;
using EdgeActors.Node;
using EdgeActors.Operator;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors;

/// <summary>One Edge node in one actor system: the composition root.</summary>
public sealed class EdgeNode : IAsyncDisposable
{
    private readonly IHostResolver _resolver;
    private readonly AddressObserver _addresses;
    private readonly NodeReload _reload;

    private EdgeNode(NodeState state, IHostResolver resolver)
    {
        State = state;
        _resolver = resolver;
        _addresses = new AddressObserver(state.FloatingIp, state.Log, state.Time);
        _reload = new NodeReload(state, resolver, _addresses);
    }

    public NodeState State { get; }

    public IOperator Operator { get; private set; } = null!;

    /// <summary>Null: the configuration cannot be reloaded.</summary>
    public IReloader? Reloader { get; set; }

    /// <summary>Replaces this process by a new one, with its connections. Null: the process cannot be replaced.</summary>
    public Func<Task<Answer>>? Restart { get; set; }

    public ClusterGateway Gateway { get; } = new();

    /// <summary>Null: no cluster.</summary>
    public ClusterSupervisor? Cluster { get; private set; }

    /// <summary>Null: no other nodes.</summary>
    internal RunOnNodes? RunOnNodes { get; set; }

    /// <summary>Resolves the servers' names and starts everything. Listeners may still be binding; see <see cref="RunningListeners.Bound"/>.</summary>
    /// <param name="resolver">Resolves the servers' host names; null: the system's resolver.</param>
    /// <param name="inherited">From the previous process: accepts only after <see cref="BeginToAccept"/>. Null: there was none.</param>
    /// <param name="keeper">Keeps connections; null: there is none.</param>
    /// <exception cref="ServerAddressException">A server's host name has no address, and its backend needs one at start.</exception>
    public static async Task<EdgeNode> Start(
        ActorSystem system, EdgeSettings settings, EdgeLog log, TimeProvider time, IHostResolver? resolver = null, ReceivedHandover? inherited = null,
        KeeperChannel? keeper = null)
    {
        resolver ??= SystemHostResolver.Instance;
        var backends = await ServerAddresses.Resolve(settings, resolver, log, time).ConfigureAwait(false);
        var routes = new RouteSnapshot(RouteTable.Of(1 + (inherited?.Generation ?? 0), settings), backends);
        var node = new EdgeNode(new NodeState(settings, routes, log, time, inherited, keeper), resolver);
        PathDispatcher.AddTo(system);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(
            NodeActor.Props(parent =>
            {
                node.StartActors(parent);
                started.SetResult();
            }),
            "edge");
        await started.Task.ConfigureAwait(false);
        return node;
    }

    /// <summary>Joins the configured cluster, if any, without waiting.</summary>
    /// <param name="begun">Called for each cluster system; one follows the other.</param>
    public void JoinCluster(Action<ActorSystem>? begun = null)
    {
        if (!State.Started.Cluster.Enabled)
            return;
        Gateway.Node = new NodePeer(State.Routes, State.Peers, Operator);
        RunOnNodes = new ClusterCommands(() => Gateway.Picture, Operator, Gateway.Forward).Run;
        Cluster = new ClusterSupervisor(
            State.Started, Gateway, State.RateLimits, _resolver, State.Log, State.Time, begun, replaces: State.Inherited is not null);
    }

    /// <summary>Starts to accept on the previous process's sockets. Sockets that only overlap a configured address then close.</summary>
    public void BeginToAccept()
    {
        State.Gate.Resize(State.Budget.ConnectionsOf(State.Settings.Limits.MaxConnections));
        _ = Task.Run(_reload.CloseUnowned);
    }

    /// <summary>As <see cref="NodeReload.Apply"/>.</summary>
    public Task<ReloadReport> Reload(EdgeSettings next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return _reload.Apply(next);
    }

    /// <summary>As <see cref="FloatingIpHandover.Run"/>.</summary>
    public Task<bool?> HandOverFloatingIp(Action<bool>? alsoIgnore = null) => new FloatingIpHandover(State, _addresses).Run(alsoIgnore);

    /// <summary>Stops accepting; connections go on.</summary>
    public Task Unbind()
    {
        State.IsDraining = true;
        return State.Listeners.Unbind();
    }

    /// <summary>Waits for connections to finish, and closes them at the drain timeout.</summary>
    /// <returns>Connections that were closed.</returns>
    public Task<int> Drain() => Drain(State.Settings.DrainTimeout);

    /// <summary>As <see cref="Drain()"/>. A later call replaces an earlier one, which is never answered.</summary>
    /// <param name="timeout">Null: no timeout.</param>
    public async Task<int> Drain(TimeSpan? timeout)
    {
        var grace = timeout + TimeSpan.FromSeconds(5) ?? Timeout.InfiniteTimeSpan;
        var drained = await State.Actors.Connections.Ask<Drained>(new Drain(timeout ?? TimeSpan.MaxValue), grace).ConfigureAwait(false);
        return drained.Closed;
    }

    /// <summary>Closes every socket. The actors stop with their system.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Cluster is { } cluster)
            await cluster.DisposeAsync().ConfigureAwait(false);
        _addresses.Dispose();
        await State.DisposeAsync().ConfigureAwait(false);
    }

    private void StartActors(IUntypedActorContext parent)
    {
        IActorRef StartOnPath(Props props, string name) => parent.ActorOf(props.WithDispatcher(PathDispatcher.Id), name);
        var (log, time, settings) = (State.Log, State.Time, State.Settings);
        var materializer = parent.System.Materializer(ActorMaterializerSettings.Create(parent.System).WithDispatcher(PathDispatcher.Id));
        var router = StartOnPath(RouterActor.Props(State.Routes), "router");
        var limiter = StartOnPath(LimiterProps(), "rate-limits");
        var shared = new ConnectionServices(router, limiter, new PendingDecisions(settings.AdmissionTimeout, time), State.Live, log, State.Meters, time)
        {
            Memory = State.Memory,
            Idle = State.Idle,
        };
        var connections = StartOnPath(ConnectionsActor.Props(shared), "connections");
        var advice = new PeerAdvice(State.Peers, State.Started.Cluster.ShortensFall);
        var checks = new HealthServices(new ServerCheck(State.Transport, time), router, log, State.Live.CloseSessions, time) { Peers = advice };
        var health = parent.ActorOf(HealthActor.Props(State.Routes, checks), "health");
        var resolving = new ResolverServices(_resolver, router, log, health);
        var resolver = parent.ActorOf(ResolverActor.Props(State.Routes, resolving), "resolver");
        State.Actors = new NodeActors(router, limiter, connections, health, resolver);
        State.FloatingIp.Restore();
        _addresses.Apply(settings.FloatingIp.Addresses);
        var services = new ListenerServices(State.Transport, materializer, connections, shared, settings.Limits, log, time)
        {
            Inherited = State.Inherited,
            Gate = State.Gate,
            DropsInKernel = settings.SilentDrop.Kernel && SynSink.IsSupported,
        };
        State.Listeners.Start(parent, parent.Self, services);
        Operator = new NodeOperator(parent.ActorOf(OperatorActor.Props(new OperatorServices(State, Gateway, () => Cluster, () => Reloader, () => Restart)), "operator"), log, () => RunOnNodes);
    }

    private Props LimiterProps() => State.Started.Cluster.Enabled ? RateLimiterFacadeActor.Props(Gateway) : LocalShardsProps();

    private Props LocalShardsProps()
    {
        var tables = new ShardTables(State.RateLimits, State.Time);
        return LocalShardsActor.Props(
            new RateLimitExtractor(), id => RateLimitActor.Props(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), tables));
    }
}
