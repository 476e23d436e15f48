using System.Net;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Accept;
using EdgeActors.Admit;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Reload;
using EdgeActors.Resources;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeActors.Upgrade;

namespace EdgeActors;

/// <summary>
/// One Edge in one actor system: starts the actors of every step and holds what outlives their restarts. Nothing here decides
/// anything.
/// </summary>
public sealed partial class EdgeNode : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly EdgeSettings _started;
    private readonly TimeProvider _time;
    private readonly IHostResolver _resolver;
    private readonly RateLimits _limits = new([]);

    /// <summary>By name, of every listener that there ever was.</summary>
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private volatile EdgeSettings _settings;
    private volatile Entrance[] _entrances = [];
    private volatile bool _draining;
    private ListenerServices _listenerServices = null!;
    private IActorRef _parent = ActorRefs.Nobody;
    private IActorRef _resolverActor = ActorRefs.Nobody;

    private EdgeNode(EdgeSettings settings, RouteSnapshot routes, EdgeLog log, TimeProvider time, IHostResolver resolver, Inheritance? inherited)
    {
        _started = settings;
        _settings = settings;
        _time = time;
        _resolver = resolver;
        Log = log;
        Generations = new Generations(Live, time);
        _inherited = inherited;
        var known = new HashSet<BackendServer>();
        if (inherited is not null)
            routes = ServerMemory.Apply(inherited.Servers, routes, known);
        Budget = DescriptorBudget.Fit(OpenFileLimit.Raise(), DescriptorNeeds.Of(settings));
        if (Budget.Warning is { } warning)
            log.Warning(warning);
        Memory = new MemoryGuard(CgroupMemory.Find() is { } cgroup ? percent => cgroup.Read(percent) : static _ => null, settings.Limits.Memory, log, time);
        Gate = new AcceptGate(inherited is null ? Budget.Connections : 0);
        _transport = Transports.Create(PipeMemory.Apply(Budget.Apply(settings), Memory.Use?.Limit), Gate, time);
        Routes = new RouteState(routes);
        Checks = HealthBoard.Of(routes, known);
        Meters.Observe("edge.connections.live", "{connection}", () => Live.Count);
        Meters.Observe("edge.links.open", "{socket}", () => _transport.OpenLinks);
        Meters.Observe("edge.silent.held", "{socket}", () => _transport.SilentHeld);
        Meters.Observe("edge.silent.evicted", "{socket}", () => _transport.SilentEvicted);
        Meters.Observe("edge.splice.fallbacks", "{direction}", () => _transport.SpliceFallbacks);
        Meters.Observe("edge.pipes.shortages", "{shortage}", () => _transport.PipeShortages);
        Meters.Observe(this);
        Meters.Observe("edge.log.dropped", "{line}", () => log.Dropped);
        Meters.Observe("edge.log.left_out", "{connection}", () => log.LeftOut);
    }

    public IActorRef Router { get; private set; } = ActorRefs.Nobody;

    public IActorRef Limiter { get; private set; } = ActorRefs.Nobody;

    public IActorRef Connections { get; private set; } = ActorRefs.Nobody;

    public IActorRef Health { get; private set; } = ActorRefs.Nobody;

    public IReadOnlyList<IActorRef> Listeners => [.. _entrances.Select(static entrance => entrance.Actor)];

    /// <summary>The listeners that run, in the order of the settings.</summary>
    public IReadOnlyList<Entrance> Entrances => _entrances;

    /// <summary>Whether it is about to end, so that new connections should be sent elsewhere.</summary>
    public bool IsDraining => _draining;

    /// <summary>The configuration in force.</summary>
    public EdgeSettings Settings => _settings;

    public RouteState Routes { get; }

    /// <summary>What the checks have found, to be read without asking.</summary>
    public HealthBoard Checks { get; }

    public LiveConnections Live { get; } = new();

    public EdgeMeters Meters { get; } = new();

    public EdgeLog Log { get; }

    public AcceptGate Gate { get; }

    /// <summary>What the descriptors allow.</summary>
    public DescriptorBudget Budget { get; }

    /// <summary>Whether memory allows new clients.</summary>
    public MemoryGuard Memory { get; }

    /// <summary>Sockets of clients that are open, silent drops on hold included.</summary>
    public int OpenLinks => _transport.OpenLinks;

    /// <summary>Resolves the servers' names and starts everything. Listeners may still be binding; see <see cref="Bound"/>.</summary>
    /// <param name="resolver">Of the servers' host names; null: the system's.</param>
    /// <param name="inherited">From the process before this one: nobody is accepted before <see cref="BeginToAccept"/>. Null: there was none.</param>
    /// <exception cref="ServerAddressException">A server's host name has no address, and its backend needs one at start.</exception>
    public static async Task<EdgeNode> Start(
        ActorSystem system, EdgeSettings settings, EdgeLog log, TimeProvider time, IHostResolver? resolver = null, Inheritance? inherited = null)
    {
        resolver ??= SystemHostResolver.Instance;
        var backends = await ServerAddresses.Resolve(settings, resolver, log, time).ConfigureAwait(false);
        var routes = new RouteTable(1, settings.Routes);
        var node = new EdgeNode(settings, new RouteSnapshot(routes, backends), log, time, resolver, inherited);
        PathDispatcher.AddTo(system);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node._parent = system.ActorOf(
            NodeActor.Props(parent =>
            {
                node.StartActors(system, parent);
                started.SetResult();
            }),
            "edge");
        await started.Task.ConfigureAwait(false);
        return node;
    }

    /// <summary>Ends when all listeners are bound, with their addresses in the order of the settings.</summary>
    /// <exception cref="BindException">One cannot be.</exception>
    public async Task<IReadOnlyList<IPEndPoint>> Bound()
    {
        var entrances = _entrances;
        foreach (var entrance in entrances)
            await entrance.State.Bound.ConfigureAwait(false);
        return [.. entrances.SelectMany(static entrance => entrance.State.EndPoints)];
    }

    /// <summary>Stops accepting; connections go on.</summary>
    public Task Unbind()
    {
        _draining = true;
        return Task.WhenAll(_entrances.Select(static entrance => entrance.Actor.Ask<Unbound>(Accept.Unbind.Instance, TimeSpan.FromSeconds(5))));
    }

    /// <summary>Lets connections finish, closes those that take longer than the drain timeout.</summary>
    public Task<int> Drain() => Drain(_settings.DrainTimeout);

    /// <summary>Closes every socket. The actors stop with their system.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Cluster is { } cluster)
            await cluster.DisposeAsync().ConfigureAwait(false);
        Memory.Dispose();
        _addresses.Dispose();
        await _transport.DisposeAsync().ConfigureAwait(false);
        Meters.Dispose();
    }

    private void StartActors(ActorSystem system, IActorRefFactory parent)
    {
        var materializer = system.Materializer(ActorMaterializerSettings.Create(system).WithDispatcher(PathDispatcher.Id));
        Router = parent.ActorOf(RouterActor.Props(Routes).WithDispatcher(PathDispatcher.Id), "router");
        Limiter = parent.ActorOf(LimiterProps().WithDispatcher(PathDispatcher.Id), "rate-limits");
        var shared = new ConnectionServices(
            Router, Limiter, new PendingDecisions(_settings.AdmissionTimeout, _time), Live, Log, Meters, _time)
        {
            Memory = Memory,
        };
        Connections = parent.ActorOf(ConnectionsActor.Props(shared).WithDispatcher(PathDispatcher.Id), "connections");
        Health = parent.ActorOf(
            HealthActor.Props(Checks, new HealthServices(new ServerCheck(_transport, _time), Router, Log, Live, _time) { Peers = Advice }), "health");
        _resolverActor = parent.ActorOf(
            ResolverActor.Props([.. ResolveTarget.Of(Routes.Current)], new ResolverServices(_resolver, Router, Log)), "resolver");
        _listenerServices = new ListenerServices(_transport, materializer, Connections, shared, _settings.Limits, Log, Meters, _time) { Inherited = _inherited };
        PublishLimits(_settings);
        StartFloatingIp();
        _entrances = [.. _settings.Listeners.Select(listener => StartListener(parent, listener, Generations.Current))];
        StartOperator(parent);
    }

    private Props LocalShardsProps()
    {
        var shards = new RateTables[RateLimitExtractor.Shards];
        for (var i = 0; i < shards.Length; i++)
            shards[i] = new RateTables(_limits, RateLimitExtractor.Shards);
        return LocalShardsActor.Props(
            new RateLimitExtractor(),
            id => RateLimitActor.Props(shards[int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)], _time));
    }

    private Entrance StartListener(IActorRefFactory parent, ListenerSettings listener, long generation)
    {
        var state = new ListenerState();
        var number = _numbers[listener.Name];
        // One of the same name may be on its way out.
        var name = $"listener-{Uri.EscapeDataString(listener.Name)}{(generation == 1 ? "" : $"-{generation}")}";
        var actor = parent.ActorOf(ListenerActor.Props(number, listener, _listenerServices, state, generation), name);
        return new Entrance(listener, number, actor, state);
    }
}
