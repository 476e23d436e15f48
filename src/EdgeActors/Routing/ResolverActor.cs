using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Routing;

/// <param name="Health">Receives <see cref="RoutesChanged"/> when servers were added or removed.</param>
public sealed record ResolverServices(IHostResolver Resolver, IActorRef Router, EdgeLog Log, IActorRef Health);

/// <summary>Looks up the servers' host names at an interval, one lookup per name at a time. Only changes go to the router. A failed lookup
/// changes nothing.</summary>
public sealed class ResolverActor(RouteState routes, ResolverServices services) : UntypedActor, IWithTimers
{
    private readonly List<Target> _targets = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RouteState routes, ResolverServices services) =>
        Akka.Actor.Props.Create(() => new ResolverActor(routes, services));

    internal static IEnumerable<Target> TargetsOf(RouteSnapshot routes) =>
        from pool in routes.Backends
        where pool.Settings.Pool.Resolve.Interval is not null
        from server in pool.Settings.Servers
        where server.EndPoint is DnsEndPoint
        select new Target(pool.Settings, server, server.AllAddresses ? null : BackendPlan.Before(pool, server).First().State);

    protected override void PreStart() => Reconcile();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RoutesChanged:
                Reconcile();
                break;
            case ServersChanged:
                services.Health.Tell(new RoutesChanged());
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
        foreach (var gone in _targets.Where(target => !wanted.Exists(target.Is)).ToList())
        {
            Timers.Cancel(gone);
            _targets.Remove(gone);
        }
        foreach (var target in wanted.Where(one => !_targets.Exists(one.Is)))
        {
            _targets.Add(target);
            Timers.StartPeriodicTimer(target, new LookUp(target), target.Interval, target.Interval);
        }
    }

    private void OnResolved(Target target, IReadOnlyList<IPAddress> answer)
    {
        var name = $"server {target.Backend.Name}/{target.Server.Name}: {target.Name.Host}";
        var known = Known(target);
        var addresses = AddressChoice.Of(target.Backend, target.Server, answer, [.. known.Select(static end => end.Address)]);
        if (addresses.Count == 0)
        {
            var stays = known.Count == 0 ? "the server stays DOWN"
                : $"it stays at {string.Join(", ", target.Server.AllAddresses ? known : known.Take(1))}";
            if (!target.Failing)
                services.Log.Warning($"{name} has no address, {stays}");
            target.Failing = true;
            return;
        }
        if (target.Failing)
            services.Log.Info($"{name} has an address again");
        target.Failing = false;
        IPEndPoint[] next = [.. addresses.Select(address => new IPEndPoint(address, target.Name.Port))];
        if (target.State is { } server)
            SetAddresses(target.Backend, server, name, known, next);
        else
            SetServers(target, name, known, next);
    }

    private IReadOnlyList<IPEndPoint> Known(Target target) => target.State is { } server
        ? [.. server.Addresses.OfType<IPEndPoint>()]
        :
        [
            .. BackendPlan.Before(routes.Current.PoolOf(target.Backend.Name), target.Server)
                .Where(static server => !server.IsObsolete).Select(static server => server.EndPoint).OfType<IPEndPoint>(),
        ];

    private void SetAddresses(BackendSettings backend, ServerState server, string name, IReadOnlyList<IPEndPoint> known, IPEndPoint[] next)
    {
        if (next.SequenceEqual(known))
            return;
        services.Router.Tell(new SetServerAddresses(backend.Name, server, next), Self);
        if (known.Count == 0)
            services.Log.Info($"{name} is at {next[0]}");
        else if (!next[0].Equals(known[0]))
            services.Log.Info($"{name} has moved from {known[0]} to {next[0]}");
    }

    /// <summary>Sent after each lookup, because the router also removes obsolete servers without connections.</summary>
    private void SetServers(Target target, string name, IReadOnlyList<IPEndPoint> known, IPEndPoint[] next)
    {
        if (routes.Current.PoolOf(target.Backend.Name) is not { } pool)
            return;
        var room = BackendPlan.Room(pool, target.Server);
        if (next.Length > room && !target.HasTooMany)
        {
            services.Log.Warning($"{name} has {next.Length} addresses, of which {room} are used: "
                + $"a backend has at most {BackendSettings.MaxServers} servers");
        }
        target.HasTooMany = next.Length > room;
        next = [.. next.Take(room)];
        services.Router.Tell(new SetServersOfName(target.Backend.Name, target.Server.Name, next), Self);
        if (!next.SequenceEqual(known))
            services.Log.Info($"{name} is at {string.Join<IPEndPoint>(", ", next)}");
    }

    /// <summary>One name to look up.</summary>
    /// <param name="state">Null with <c>addresses = all</c>.</param>
    internal sealed class Target(BackendSettings backend, ServerSettings server, ServerState? state)
    {
        public BackendSettings Backend => backend;

        public ServerSettings Server => server;

        public ServerState? State => state;

        public DnsEndPoint Name => (DnsEndPoint)server.EndPoint;

        public TimeSpan Interval => backend.Pool.Resolve.Interval!.Value;

        public bool Asking { get; set; }

        public bool Failing { get; set; }

        public bool HasTooMany { get; set; }

        /// <summary>True if a configuration needs the same lookups.</summary>
        public bool Is(Target other) => ReferenceEquals(state, other.State) && backend.Name == other.Backend.Name && server == other.Server
            && backend.Pool.Resolve == other.Backend.Pool.Resolve && Equals(backend.Source, other.Backend.Source);
    }

    private sealed record LookUp(Target Target) : INotInfluenceReceiveTimeout;

    private sealed record Answer(Target Target, IReadOnlyList<IPAddress> Addresses) : IDeadLetterSuppression;
}
