using Akka.Actor;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>The parent of all probes, one a checked server. A probe that throws is restarted and keeps its findings.</summary>
public sealed class HealthActor(RouteState routes, HealthServices services) : UntypedActor
{
    private readonly Dictionary<ServerState, (BackendSettings Backend, IActorRef Actor)> _probes = [];
    private long _started;

    public static Props Props(RouteState routes, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthActor(routes, services));

    // A probe whose constructor throws is stopped: it would be restarted for ever.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    protected override void PreStart() => Reconcile();

    protected override void OnReceive(object message)
    {
        if (message is RoutesChanged)
            Reconcile();
        else
            Unhandled(message);
    }

    /// <summary>A probe goes on where its server is checked as before.</summary>
    private void Reconcile()
    {
        var wanted = (
            from pool in routes.Current.Backends
            where pool.Settings.Health.Enabled
            from server in pool.Servers
            select (Pool: pool, Server: server)).ToDictionary(static one => one.Server.State);
        foreach (var (server, probe) in _probes)
        {
            if (wanted.TryGetValue(server, out var one) && HealthProbeActor.ChecksAlike(probe.Backend, one.Pool.Settings))
                continue;
            Context.Stop(probe.Actor);
            _probes.Remove(server);
        }
        foreach (var (pool, server) in wanted.Values)
        {
            if (_probes.ContainsKey(server.State))
                continue;
            var props = HealthProbeActor.Props(pool.Settings, server, services);
            _probes[server.State] = (pool.Settings, Context.ActorOf(props, NameOf(pool, server)));
        }
    }

    /// <summary>Numbered, as a probe that stops keeps its name until it has.</summary>
    private string NameOf(BackendPool pool, ServerModel server) =>
        $"{Uri.EscapeDataString(pool.Name)}-{Uri.EscapeDataString(server.Name)}-{++_started}";
}
