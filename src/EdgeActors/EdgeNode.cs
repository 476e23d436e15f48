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

/// <summary>One Edge in one actor system: the composition root, which starts the actors of every step around <see cref="State"/>.</summary>
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

    /// <summary>Takes the operators' verbs.</summary>
    public IOperator Operator { get; private set; } = null!;

    /// <summary>Null: the configuration stays what it was at the start.</summary>
    public IReloader? Reloader { get; set; }

    /// <summary>This node's connection to its cluster, if it has one.</summary>
    public ClusterGateway Gateway { get; } = new();

    /// <summary>Null: the node is in no cluster.</summary>
    public ClusterSupervisor? Cluster { get; private set; }

    /// <summary>Sends orders to other nodes; null: there are none.</summary>
    internal RunOnNodes? RunOnNodes { get; set; }

    /// <summary>Resolves the servers' names and starts everything. Listeners may still be binding; see <see cref="RunningListeners.Bound"/>.</summary>
    /// <param name="resolver">Of the servers' host names; null: the system's.</param>
    /// <param name="inherited">From the process before this one: no client is accepted before <see cref="BeginToAccept"/>. Null: there was none.</param>
    /// <exception cref="ServerAddressException">A server's host name has no address, and its backend needs one at start.</exception>
    public static async Task<EdgeNode> Start(
        ActorSystem system, EdgeSettings settings, EdgeLog log, TimeProvider time, IHostResolver? resolver = null, ReceivedHandover? inherited = null)
    {
        resolver ??= SystemHostResolver.Instance;
        var backends = await ServerAddresses.Resolve(settings, resolver, log, time).ConfigureAwait(false);
        var routes = new RouteSnapshot(new RouteTable(1, settings.Routes), backends);
        var node = new EdgeNode(new NodeState(settings, routes, log, time, inherited), resolver);
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

    /// <summary>Joins the cluster of the settings, if there is one, without waiting for it.</summary>
    /// <param name="begun">Told of each of the cluster's actor systems; one follows the other.</param>
    public void JoinCluster(Action<ActorSystem>? begun = null)
    {
        if (!State.Started.Cluster.Enabled)
            return;
        Gateway.Node = new NodePeer(State.Routes, State.Peers, Operator);
        RunOnNodes = new ClusterCommands(() => Gateway.Picture, Operator, Gateway.Forward).Run;
        Cluster = new ClusterSupervisor(State.Started, Gateway, State.RateLimits, _resolver, State.Log, State.Time, begun);
    }

    /// <summary>Accepts from now on, on the sockets of the process before this one.</summary>
    public void BeginToAccept() => State.Gate.Resize(State.Budget.ConnectionsOf(State.Settings.Limits.MaxConnections));

    /// <summary>As <see cref="NodeReload.Apply"/>.</summary>
    public Task<IReadOnlyList<string>> Reload(EdgeSettings next)
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

    /// <summary>Lets connections finish, closes those that take longer than the drain timeout.</summary>
    /// <returns>Connections that were closed.</returns>
    public Task<int> Drain() => Drain(State.Settings.DrainTimeout);

    /// <summary>As <see cref="Drain()"/>. A later call replaces an earlier one, which is never answered.</summary>
    /// <param name="timeout">Null: connections may take as long as they need.</param>
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
        };
        var connections = StartOnPath(ConnectionsActor.Props(shared), "connections");
        var advice = new PeerAdvice(State.Peers, State.Started.Cluster.ShortensFall);
        var checks = new HealthServices(new ServerCheck(State.Transport, time), router, log, State.Live.CloseSessions, time) { Peers = advice };
        var health = parent.ActorOf(HealthActor.Props(State.Routes, checks), "health");
        var resolving = new ResolverServices(_resolver, router, log);
        var resolver = parent.ActorOf(ResolverActor.Props(State.Routes, resolving), "resolver");
        State.Actors = new NodeActors(router, limiter, connections, health, resolver);
        State.FloatingIp.Restore();
        _addresses.Apply(settings.FloatingIp.Addresses);
        var services = new ListenerServices(State.Transport, materializer, connections, shared, settings.Limits, log, time)
        {
            Inherited = State.Inherited,
        };
        State.Listeners.Start(parent, parent.Self, services);
        Operator = new NodeOperator(parent.ActorOf(OperatorActor.Props(new OperatorServices(State, Gateway, () => Cluster, () => Reloader)), "operator"), log, () => RunOnNodes);
    }

    private Props LimiterProps() => State.Started.Cluster.Enabled ? RateLimiterFacadeActor.Props(Gateway) : LocalShardsProps();

    private Props LocalShardsProps()
    {
        var tables = new ShardTables(State.RateLimits, State.Time);
        return LocalShardsActor.Props(
            new RateLimitExtractor(), id => RateLimitActor.Props(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), tables));
    }
}
