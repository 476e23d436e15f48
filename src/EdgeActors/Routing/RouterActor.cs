using System.Net;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>Holds the current snapshot. It outlives the router; any thread may read it.</summary>
public sealed class RouteState(RouteSnapshot first)
{
    private RouteSnapshot _current = first;

    public RouteSnapshot Current => Volatile.Read(ref _current);

    internal void Publish(RouteSnapshot next) => Volatile.Write(ref _current, next);
}

/// <summary>Answers connections and applies reports of probes, resolver and operators: the only writer of the snapshot and of the queues.
/// It is stateless, so a failure loses at most one message.</summary>
public sealed class RouterActor(RouteState state) : UntypedActor
{
    public static Props Props(RouteState state) => Akka.Actor.Props.Create(() => new RouterActor(state));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteQuery query:
                var answer = state.Current.Find(query);
                if (answer is QueueFull full)
                    Enqueue(query, full);
                else
                    Sender.Tell(answer, ActorRefs.NoSender);
                break;
            case ServerFreed freed:
                Serve(freed.Backend);
                break;
            case SetServerHealth health:
                Change(health.Backend, IndexOf(health.Backend, health.Server), server => server with { Up = health.Up });
                break;
            case SetServerAddresses set:
                SetAddresses(set.Backend, set.Server, set.Addresses);
                break;
            case PreferAddress prefer:
                var (first, others) = (prefer.Address, prefer.Server.Addresses);
                if (others.Contains(first))
                    SetAddresses(prefer.Backend, prefer.Server, [first, .. others.Where(other => !other.Equals(first))]);
                break;
            case SetServersOfName set:
                SetServers(set);
                break;
            case SetServer set:
                Set(set);
                break;
            case ReplaceRoutes next:
                Replace(next);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>The current index of the server: the message may be older than the configuration.</summary>
    private int IndexOf(string backend, ServerState server) => state.Current.PoolOf(backend)?.IndexOf(server) ?? -1;

    private void Change(string backend, int server, Func<ServerModel, ServerModel> change)
    {
        state.Publish(state.Current.With(backend, server, change));
        state.Current.PoolOf(backend)?.CountChanges();
        Serve(backend);
    }

    private void SetAddresses(string backend, ServerState server, IReadOnlyList<EndPoint> addresses)
    {
        var index = IndexOf(backend, server);
        // The resolver may ask again before it sees the first change.
        if (index >= 0 && state.Current.PoolOf(backend)!.Servers[index].Addresses.SequenceEqual(addresses))
            return;
        server.Addresses = addresses;
        Change(backend, index, server => server with { Addresses = addresses });
    }

    private void SetServers(SetServersOfName set)
    {
        if (state.Current.PoolOf(set.Backend) is not { } pool
            || pool.Settings.Servers.FirstOrDefault(server => server.AllAddresses && server.Name == set.Server) is not { } settings)
            return;
        var next = BackendPlan.Reconcile(pool, settings, set.Addresses);
        if (next == pool)
            return;
        state.Publish(state.Current.With(pool, next));
        next.CountChanges();
        Serve(pool.Name);
        Sender.Tell(ServersChanged.Instance, ActorRefs.NoSender);
    }

    private void Set(SetServer set)
    {
        var server = state.Current.PoolOf(set.Backend)?.Servers.FirstOrDefault(server => server.Name == set.Server);
        if (server is not null)
        {
            Change(set.Backend, server.Index, server => server with
            {
                Admin = set.Admin ?? server.Admin,
                Weight = Math.Clamp(set.Weight ?? server.Weight, 0, ServerSettings.MaxWeight),
            });
            server = state.Current.PoolOf(set.Backend)!.Servers[server.Index];
        }
        Sender.Tell(new ServerSet(server), ActorRefs.NoSender);
    }

    private void Replace(ReplaceRoutes next)
    {
        var before = state.Current;
        state.Publish(before.With(next));
        foreach (var pool in before.Backends)
        {
            if (state.Current.PoolOf(pool.Name) is null)
                Dismiss(pool);
            else
                Serve(pool.Name);
        }
        foreach (var pool in state.Current.Backends)
            pool.CountChanges();
        Sender.Tell(new RoutesReplaced(state.Current), ActorRefs.NoSender);
    }

    /// <summary>The backend was removed, so its queue is answered.</summary>
    private static void Dismiss(BackendPool pool) => pool.Queue.Serve(waiter =>
    {
        if (waiter.Lease.TryLeave(waiter))
            waiter.Asker.Tell(new NoServer(pool.Name), ActorRefs.NoSender);
        return (Done: true, GoOn: true);
    });

    private void Enqueue(RouteQuery query, QueueFull full)
    {
        // Freed places go to earlier waiters first, which also makes room in the queue.
        Serve(full.Backend);
        Sender.Tell(query.Lease is { } lease ? Enqueue(query, full, lease) : full, ActorRefs.NoSender);
        Serve(full.Backend);
    }

    private RouteAnswer Enqueue(RouteQuery query, QueueFull full, ServerLease lease)
    {
        // The connection repeated its question after an answer timeout.
        if (lease.Waiter is { } waits)
            return waits.Answer;
        var pool = state.Current.PoolOf(full.Backend)!;
        var queued = new Queued(pool.Settings, pool.Queue.Count, pool.Traffic);
        return pool.Queue.TryAdd(new Waiter(pool.Queue, lease, Sender, query.Tried, queued), pool.Settings.Pool.Queue.Max) ? queued : full;
    }

    /// <summary>Grants free servers to the waiters, oldest first.</summary>
    private void Serve(string backend)
    {
        if (state.Current.PoolOf(backend) is not { Queue.Count: > 0 } pool)
            return;
        pool.Queue.Serve(waiter =>
        {
            switch (pool.Find(waiter.Tried, waiter.Lease, waiter))
            {
                case QueueFull:
                    // No later waiter can be served either, unless waiters differ in their usable servers.
                    return (Done: false, GoOn: waiter.Tried != 0 || pool.KeepsTo);
                case RouteTo to:
                    pool.Queue.Left();
                    waiter.Asker.Tell(to, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                case var none when waiter.Tried != 0 && waiter.Lease.TryLeave(waiter):
                    // Only servers that it has tried are left: the connection decides.
                    waiter.Asker.Tell(none, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                default:
                    // It waits until a server comes up or its timeout.
                    return (Done: !waiter.Waits, GoOn: true);
            }
        });
    }
}

/// <summary>From a connection: asks for a server. Answered with a <see cref="RouteAnswer"/>.</summary>
/// <param name="ServerName">Null if <paramref name="Backend"/> is given.</param>
/// <param name="Tried">The set of servers that failed for this connection (see <see cref="BackendPool.Bit"/>).</param>
/// <param name="Backend">Set by a listener's policy or an earlier answer.</param>
/// <param name="Lease">Takes the server of the answer. Null: not counted.</param>
/// <param name="Listener">The listener that accepted the client; it may have its own routes.</param>
public sealed record RouteQuery(
    string? ServerName, ulong Tried, AlpnList Offered = default, string? Backend = null, ServerLease? Lease = null,
    string? Listener = null);

/// <summary>May be lost if the connection has ended.</summary>
/// <param name="Traffic">The counters of the backend; null: none.</param>
public abstract record RouteAnswer(BackendTraffic? Traffic) : IDeadLetterSuppression;

/// <summary>Use this server. One instance serves all connections.</summary>
/// <param name="Next">The same server at its next address, or null.</param>
public sealed record RouteTo(BackendSettings Backend, ServerModel Server, ConnectPlan Plan, RouteTo? Next = null)
    : RouteAnswer(Server.State.Backend.Traffic);

/// <summary>No route for this name and these protocols, or the backend was removed.</summary>
public sealed record NoRoute() : RouteAnswer((BackendTraffic?)null)
{
    public static readonly NoRoute Instance = new();
}

/// <summary>The route of the name refuses the client.</summary>
public sealed record NameRefused : RouteAnswer
{
    private static readonly NameRefused[] Instances = [.. Enum.GetValues<CloseMode>().Select(static mode => new NameRefused(mode))];

    private NameRefused(CloseMode mode)
        : base((BackendTraffic?)null) => Mode = mode;

    public CloseMode Mode { get; }

    public static NameRefused With(CloseMode mode) => Instances[(int)mode];
}

/// <summary>No usable server is left.</summary>
public sealed record NoServer(string Backend, BackendTraffic? Traffic = null) : RouteAnswer(Traffic);

/// <summary>Every usable server is full; a <see cref="RouteTo"/> follows. One instance per queue entry.</summary>
/// <param name="Ahead">Earlier waiters.</param>
public sealed record Queued(BackendSettings Backend, int Ahead = 0, BackendTraffic? Traffic = null) : RouteAnswer(Traffic)
{
    /// <summary>Timestamp of receipt by the connection.</summary>
    internal long Since { get; set; }
}

/// <summary>Every usable server and the queue are full.</summary>
public sealed record QueueFull(string Backend, BackendTraffic? Traffic = null) : RouteAnswer(Traffic);

/// <summary>From a connection that released its lease while others wait.</summary>
public sealed record ServerFreed(string Backend);

/// <summary>From a probe: a server's health has changed.</summary>
public sealed record SetServerHealth(string Backend, ServerState Server, bool Up);

/// <summary>From the resolver: the addresses of a server have changed.</summary>
public sealed record SetServerAddresses(string Backend, ServerState Server, params IReadOnlyList<EndPoint> Addresses);

/// <summary>From a check: this address of the server answers, and the addresses before it do not.</summary>
public sealed record PreferAddress(string Backend, ServerState Server, EndPoint Address);

/// <summary>From the resolver: the addresses of a host name with <c>addresses = all</c>. Answered with <see cref="ServersChanged"/> if the
/// pool has changed.</summary>
/// <param name="Server">The configured name.</param>
public sealed record SetServersOfName(string Backend, string Server, IReadOnlyList<EndPoint> Addresses);

/// <summary>Servers were added to or removed from a pool.</summary>
internal sealed record ServersChanged
{
    public static readonly ServersChanged Instance = new();
}

/// <summary>From an operator. Answered with <see cref="ServerSet"/>.</summary>
/// <param name="Admin">Null: unchanged.</param>
/// <param name="Weight">Clamped to 0 to <see cref="ServerSettings.MaxWeight"/>; null: unchanged.</param>
public sealed record SetServer(string Backend, string Server, AdminState? Admin = null, int? Weight = null);

/// <param name="Server">The server afterwards; null: unknown.</param>
public sealed record ServerSet(ServerModel? Server) : IDeadLetterSuppression;

/// <summary>Another configuration. Answered with <see cref="RoutesReplaced"/>.</summary>
public sealed record ReplaceRoutes(RouteTable Routes, IReadOnlyList<BackendPlan> Backends, TimeProvider Time);

/// <param name="Routes">Now in force.</param>
public sealed record RoutesReplaced(RouteSnapshot Routes);

/// <summary>To health and resolver: <see cref="RouteState.Current"/> has other servers.</summary>
internal sealed record RoutesChanged;
