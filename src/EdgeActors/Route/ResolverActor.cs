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

/// <summary>
/// Looks the servers' host names up, every interval, and one look-up a server at a time. The router is told of changes only; where a look-up
/// fails, the address stays what it was.
/// </summary>
public sealed class ResolverActor(IReadOnlyList<ResolveTarget> targets, ResolverServices services) : UntypedActor, IWithTimers
{
    private readonly bool[] _asking = new bool[targets.Count];
    private readonly bool[] _failing = new bool[targets.Count];

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IReadOnlyList<ResolveTarget> targets, ResolverServices services) =>
        Akka.Actor.Props.Create(() => new ResolverActor(targets, services));

    protected override void PreStart()
    {
        for (var i = 0; i < targets.Count; i++)
            Timers.StartPeriodicTimer(i, new LookUp(i), targets[i].Interval, targets[i].Interval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LookUp { Target: var i } when !_asking[i]:
                _asking[i] = true;
                services.Resolver.Resolve(targets[i].Name.Host).PipeTo(
                    Self, success: addresses => new Answer(i, addresses), failure: _ => new Answer(i, []));
                break;
            case LookUp:
                break;
            case Answer answer:
                _asking[answer.Target] = false;
                Learn(answer.Target, answer.Addresses);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Learn(int index, IReadOnlyList<IPAddress> addresses)
    {
        var (backend, server, dns, _) = targets[index];
        var name = $"server {backend.Name}/{server.Name}: {dns.Host}";
        var current = server.HasAddress ? server.EndPoint : null;
        if (AddressChoice.Choose(addresses, current?.Address, backend.Source) is not { } address)
        {
            if (!_failing[index])
                services.Log.Warning($"{name} has no address, {(current is null ? "the server stays DOWN" : $"it stays at {current}")}");
            _failing[index] = true;
            return;
        }
        if (_failing[index])
            services.Log.Info($"{name} has an address again");
        _failing[index] = false;
        if (address.Equals(current?.Address))
            return;
        var endPoint = new IPEndPoint(address, dns.Port);
        services.Router.Tell(new SetServerAddress(backend.Name, server.Index, endPoint), Self);
        services.Log.Info(current is null ? $"{name} is at {endPoint}" : $"{name} has moved from {current} to {endPoint}");
    }

    private sealed record LookUp(int Target) : INotInfluenceReceiveTimeout;

    private sealed record Answer(int Target, IReadOnlyList<IPAddress> Addresses) : IDeadLetterSuppression;
}
