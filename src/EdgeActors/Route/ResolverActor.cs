using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Config;
using EdgeActors.Telemetry;

namespace EdgeActors.Route;

/// <summary>What the resolver needs of its node.</summary>
public sealed record ResolverServices(IHostResolver Resolver, IActorRef Router, EdgeLog Log);

/// <summary>One server with a host name.</summary>
public sealed record ResolveTarget(BackendSettings Backend, BackendServer Server, DnsEndPoint Name, TimeSpan Interval)
{
    /// <summary>All servers whose names are to be looked up again and again.</summary>
    public static IEnumerable<ResolveTarget> Of(RouteSnapshot routes)
    {
        foreach (var (backend, pool) in routes.Backends)
        {
            foreach (var server in pool.Servers)
            {
                if (backend.Servers[server.Index].EndPoint is DnsEndPoint name && backend.Pool.Resolve.Interval is { } interval)
                    yield return new ResolveTarget(backend, server, name, interval);
            }
        }
    }
}

/// <summary>To the resolver: these are the servers with a host name now. Those that it has looked up already go on.</summary>
internal sealed record ResolveThese(IReadOnlyList<ResolveTarget> Targets);

/// <summary>
/// Looks the servers' host names up, every interval, and one look-up a server at a time. The router is told of changes only; where a look-up
/// fails, the address stays what it was.
/// </summary>
public sealed class ResolverActor(IReadOnlyList<ResolveTarget> targets, ResolverServices services) : UntypedActor, IWithTimers
{
    private readonly List<Name> _names = [];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IReadOnlyList<ResolveTarget> targets, ResolverServices services) =>
        Akka.Actor.Props.Create(() => new ResolverActor(targets, services));

    protected override void PreStart() => Follow(targets);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ResolveThese these:
                Follow(these.Targets);
                break;
            case LookUp { Name: { Asking: false } name } when _names.Contains(name):
                name.Asking = true;
                services.Resolver.Resolve(name.Target.Name.Host).PipeTo(
                    Self, success: addresses => new Answer(name, addresses), failure: _ => new Answer(name, []));
                break;
            case LookUp:
                break;
            case Answer answer:
                answer.Name.Asking = false;
                // It may be nobody's any more.
                if (_names.Contains(answer.Name))
                    Learn(answer.Name, answer.Addresses);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Follow(IReadOnlyList<ResolveTarget> wanted)
    {
        foreach (var gone in _names.Where(name => !wanted.Any(name.Is)).ToList())
        {
            Timers.Cancel(gone);
            _names.Remove(gone);
        }
        foreach (var target in wanted)
        {
            if (_names.Any(name => name.Is(target)))
                continue;
            var name = new Name(target);
            _names.Add(name);
            Timers.StartPeriodicTimer(name, new LookUp(name), target.Interval, target.Interval);
        }
    }

    private void Learn(Name known, IReadOnlyList<IPAddress> addresses)
    {
        var (backend, server, dns, _) = known.Target;
        var name = $"server {backend.Name}/{server.Name}: {dns.Host}";
        var current = server.HasAddress ? server.EndPoint : null;
        if (AddressChoice.Choose(addresses, current?.Address, backend.Source) is not { } address)
        {
            if (!known.Failing)
                services.Log.Warning($"{name} has no address, {(current is null ? "the server stays DOWN" : $"it stays at {current}")}");
            known.Failing = true;
            return;
        }
        if (known.Failing)
            services.Log.Info($"{name} has an address again");
        known.Failing = false;
        if (address.Equals(current?.Address))
            return;
        var endPoint = new IPEndPoint(address, dns.Port);
        services.Router.Tell(new SetServerAddress(backend.Name, server, endPoint), Self);
        services.Log.Info(current is null ? $"{name} is at {endPoint}" : $"{name} has moved from {current} to {endPoint}");
    }

    private sealed class Name(ResolveTarget target)
    {
        public ResolveTarget Target => target;

        public bool Asking { get; set; }

        public bool Failing { get; set; }

        public bool Is(ResolveTarget other) => target.Server.Is(other.Server) && target.Interval == other.Interval && Equals(target.Backend.Source, other.Backend.Source);
    }

    private sealed record LookUp(Name Name) : INotInfluenceReceiveTimeout;

    private sealed record Answer(Name Name, IReadOnlyList<IPAddress> Addresses) : IDeadLetterSuppression;
}
