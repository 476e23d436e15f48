using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Routing;

public sealed record ResolverServices(IHostResolver Resolver, IActorRef Router, EdgeLog Log);

/// <summary>Looks up the servers' host names at an interval, one lookup per server at a time. Only changes go to the router; after a
/// failure the address stays.</summary>
public sealed class ResolverActor(RouteState routes, ResolverServices services) : UntypedActor, IWithTimers
{
    private readonly List<Target> _targets = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RouteState routes, ResolverServices services) =>
        Akka.Actor.Props.Create(() => new ResolverActor(routes, services));

    internal static IEnumerable<(BackendSettings Backend, ServerModel Server)> TargetsOf(RouteSnapshot routes) =>
        from pool in routes.Backends
        where pool.Settings.Pool.Resolve.Interval is not null
        from server in pool.Servers
        where server.Settings.EndPoint is DnsEndPoint
        select (pool.Settings, server);

    protected override void PreStart() => Reconcile();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RoutesChanged:
                Reconcile();
                break;
            case LookUp { Target: { Asking: false } target } when _targets.Contains(target):
                target.Asking = true;
                services.Resolver.Resolve(target.Name.Host).PipeTo(
                    Self, success: addresses => new Answer(target, addresses), failure: _ => new Answer(target, []));
                break;
            case LookUp:
                break;
            case Answer answer:
                answer.Target.Asking = false;
                if (_targets.Contains(answer.Target))
                    OnResolved(answer.Target, answer.Addresses);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Reconcile()
    {
        var wanted = TargetsOf(routes.Current).ToList();
        foreach (var gone in _targets.Where(target => !wanted.Any(target.Is)).ToList())
        {
            Timers.Cancel(gone);
            _targets.Remove(gone);
        }
        foreach (var (backend, server) in wanted.Where(one => !_targets.Any(target => target.Is(one))))
        {
            var target = new Target(backend, server);
            _targets.Add(target);
            Timers.StartPeriodicTimer(target, new LookUp(target), target.Interval, target.Interval);
        }
    }

    private void OnResolved(Target target, IReadOnlyList<IPAddress> addresses)
    {
        var (state, name) = (target.Server.State, $"server {target.Backend.Name}/{target.Server.Name}: {target.Name.Host}");
        var current = state.HasAddress ? state.EndPoint : null;
        if (AddressChoice.Choose(addresses, current?.Address, target.Backend.Source) is not { } address)
        {
            if (!target.Failing)
                services.Log.Warning($"{name} has no address, {(current is null ? "the server stays DOWN" : $"it stays at {current}")}");
            target.Failing = true;
            return;
        }
        if (target.Failing)
            services.Log.Info($"{name} has an address again");
        target.Failing = false;
        if (address.Equals(current?.Address))
            return;
        var endPoint = new IPEndPoint(address, target.Name.Port);
        services.Router.Tell(new SetServerAddress(target.Backend.Name, state, endPoint), Self);
        services.Log.Info(current is null ? $"{name} is at {endPoint}" : $"{name} has moved from {current} to {endPoint}");
    }

    private sealed class Target(BackendSettings backend, ServerModel server)
    {
        public BackendSettings Backend => backend;

        public ServerModel Server => server;

        public DnsEndPoint Name => (DnsEndPoint)server.Settings.EndPoint;

        public TimeSpan Interval => backend.Pool.Resolve.Interval!.Value;

        public bool Asking { get; set; }

        public bool Failing { get; set; }

        /// <summary>True if a configuration needs the same lookups.</summary>
        public bool Is((BackendSettings Backend, ServerModel Server) other) => ReferenceEquals(server.State, other.Server.State)
            && backend.Pool.Resolve.Interval == other.Backend.Pool.Resolve.Interval && Equals(backend.Source, other.Backend.Source);
    }

    private sealed record LookUp(Target Target) : INotInfluenceReceiveTimeout;

    private sealed record Answer(Target Target, IReadOnlyList<IPAddress> Addresses) : IDeadLetterSuppression;
}
