using System.Net;
using Akka.Actor;
using Akka.Streams;
using EdgeActors.Accept;
using EdgeActors.Admit;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors;

/// <summary>
/// One Edge in one actor system: starts the actors of every step and holds what outlives their restarts. Nothing here decides
/// anything.
/// </summary>
public sealed class EdgeNode : IAsyncDisposable
{
    private readonly List<(IActorRef Actor, ListenerState State)> _listeners = [];
    private readonly ITransport _transport;
    private readonly EdgeSettings _settings;

    private readonly TimeProvider _time;

    private EdgeNode(EdgeSettings settings, RouteSnapshot routes, EdgeLog log, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        Log = log;
        Gate = new AcceptGate(settings.Limits.MaxConnections);
        _transport = Transports.Create(settings, Gate, time);
        Routes = new RouteState(routes);
        Checks = HealthBoard.Of(routes);
        Meters.Observe("edge.connections.live", "{connection}", () => Live.Count);
        Meters.Observe("edge.links.open", "{socket}", () => _transport.OpenLinks);
        Meters.Observe("edge.silent.held", "{socket}", () => _transport.SilentHeld);
        Meters.Observe("edge.silent.evicted", "{socket}", () => _transport.SilentEvicted);
        Meters.Observe("edge.splice.fallbacks", "{direction}", () => _transport.SpliceFallbacks);
        Meters.Observe("edge.pipes.shortages", "{shortage}", () => _transport.PipeShortages);
        Meters.Observe("edge.log.dropped", "{line}", () => log.Dropped);
    }

    public IActorRef Router { get; private set; } = ActorRefs.Nobody;

    public IActorRef Limiter { get; private set; } = ActorRefs.Nobody;

    public IActorRef Connections { get; private set; } = ActorRefs.Nobody;

    public IActorRef Health { get; private set; } = ActorRefs.Nobody;

    public IReadOnlyList<IActorRef> Listeners => [.. _listeners.Select(listener => listener.Actor)];

    public RouteState Routes { get; }

    /// <summary>What the checks have found, to be read without asking.</summary>
    public HealthBoard Checks { get; }

    public LiveConnections Live { get; } = new();

    public EdgeMeters Meters { get; } = new();

    public EdgeLog Log { get; }

    public AcceptGate Gate { get; }

    /// <summary>Sockets of clients that are open, silent drops on hold included.</summary>
    public int OpenLinks => _transport.OpenLinks;

    /// <summary>Resolves the servers' names and starts everything. Listeners may still be binding; see <see cref="Bound"/>.</summary>
    /// <param name="resolver">Of the servers' host names; null: the system's.</param>
    /// <exception cref="ServerAddressException">A server's host name has no address, and its backend needs one at start.</exception>
    public static async Task<EdgeNode> Start(ActorSystem system, EdgeSettings settings, EdgeLog log, TimeProvider time, IHostResolver? resolver = null)
    {
        resolver ??= SystemHostResolver.Instance;
        var backends = await ServerAddresses.Resolve(settings, resolver, log, time).ConfigureAwait(false);
        var routes = new RouteTable(1, settings.Routes);
        var node = new EdgeNode(settings, new RouteSnapshot(routes, backends), log, time);
        PathDispatcher.AddTo(system);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(
            NodeActor.Props(parent =>
            {
                node.StartActors(system, parent, resolver);
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
        foreach (var (_, state) in _listeners)
            await state.Bound.ConfigureAwait(false);
        return [.. _listeners.SelectMany(listener => listener.State.EndPoints)];
    }

    /// <summary>Stops accepting; connections go on.</summary>
    public Task Unbind() =>
        Task.WhenAll(_listeners.Select(listener => listener.Actor.Ask<Unbound>(Accept.Unbind.Instance, TimeSpan.FromSeconds(5))));

    /// <summary>Lets connections finish, closes those that take longer than the drain timeout.</summary>
    public async Task<int> Drain()
    {
        var grace = _settings.DrainTimeout + TimeSpan.FromSeconds(5);
        var drained = await Connections.Ask<Drained>(new Drain(_settings.DrainTimeout), grace).ConfigureAwait(false);
        return drained.Closed;
    }

    /// <summary>Closes every socket. The actors stop with their system.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transport.DisposeAsync().ConfigureAwait(false);
        Meters.Dispose();
    }

    private void StartActors(ActorSystem system, IActorRefFactory parent, IHostResolver resolver)
    {
        var materializer = system.Materializer(ActorMaterializerSettings.Create(system).WithDispatcher(PathDispatcher.Id));
        Router = parent.ActorOf(RouterActor.Props(Routes).WithDispatcher(PathDispatcher.Id), "router");
        Limiter = parent.ActorOf(LimiterProps().WithDispatcher(PathDispatcher.Id), "rate-limits");
        var shared = new ConnectionServices(
            Router, Limiter, new PendingDecisions(_settings.AdmissionTimeout, _time), Live, Log, Meters, _time);
        Connections = parent.ActorOf(ConnectionsActor.Props(shared).WithDispatcher(PathDispatcher.Id), "connections");
        Health = parent.ActorOf(
            HealthActor.Props(Checks, new HealthServices(new ServerCheck(_transport, _time), Router, Log, Live, _time)), "health");
        parent.ActorOf(ResolverActor.Props([.. ResolveTarget.Of(Routes.Current)], new ResolverServices(resolver, Router, Log)), "resolver");
        StartListeners(parent, new ListenerServices(_transport, materializer, Connections, shared, _settings.Limits, Log, Meters, _time));
    }

    private Props LimiterProps()
    {
        var shards = new RateTables[RateLimitExtractor.Shards];
        for (var i = 0; i < shards.Length; i++)
            shards[i] = new RateTables([.. _settings.Listeners.Select(listener => listener.RateLimit)], RateLimitExtractor.Shards);
        return LocalShardsActor.Props(
            new RateLimitExtractor(),
            id => RateLimitActor.Props(shards[int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)], _time));
    }

    private void StartListeners(IActorRefFactory parent, ListenerServices services)
    {
        for (var i = 0; i < _settings.Listeners.Count; i++)
        {
            var listener = _settings.Listeners[i];
            var state = new ListenerState();
            var actor = parent.ActorOf(ListenerActor.Props(i, listener, services, state), $"listener-{Uri.EscapeDataString(listener.Name)}");
            _listeners.Add((actor, state));
        }
    }
}
