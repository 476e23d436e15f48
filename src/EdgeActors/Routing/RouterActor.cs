using Akka.Actor;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>Holds the router's current snapshot: it outlives the router, and anyone may read it.</summary>
public sealed class RouteState(RouteSnapshot first)
{
    private RouteSnapshot _current = first;

    public RouteSnapshot Current => Volatile.Read(ref _current);

    internal void Publish(RouteSnapshot next) => Volatile.Write(ref _current, next);
}

/// <summary>
/// Answers connections and applies what probes, resolver and operators report: the only writer of the snapshot, and of the queues for full
/// servers. It keeps no state of its own, so a failure loses at most the message that it failed on.
/// </summary>
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
            case SetServerAddress address:
                address.Server.EndPoint = address.EndPoint;
                Change(address.Backend, IndexOf(address.Backend, address.Server), server => server with { EndPoint = address.EndPoint });
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

    /// <summary>Where the server is now: the message may be older than the configuration.</summary>
    private int IndexOf(string backend, ServerState server) => state.Current.PoolOf(backend)?.IndexOf(server) ?? -1;

    private void Change(string backend, int server, Func<ServerModel, ServerModel> change)
    {
        state.Publish(state.Current.With(backend, server, change));
        state.Current.PoolOf(backend)?.CountChanges();
        Serve(backend);
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

    /// <summary>The backend is gone, and nothing will serve those that wait.</summary>
    private static void Dismiss(BackendPool pool) => pool.Queue.Serve(waiter =>
    {
        if (waiter.Lease.TryLeave(waiter))
            waiter.Asker.Tell(new NoServer(pool.Name), ActorRefs.NoSender);
        return (Done: true, GoOn: true);
    });

    private void Enqueue(RouteQuery query, QueueFull full)
    {
        // What was released meanwhile goes to those that wait already, and makes room behind them.
        Serve(full.Backend);
        Sender.Tell(query.Lease is { } lease ? Enqueue(query, full, lease) : full, ActorRefs.NoSender);
        Serve(full.Backend);
    }

    private RouteAnswer Enqueue(RouteQuery query, QueueFull full, ServerLease lease)
    {
        // The question was asked again, as no answer seemed to come.
        if (lease.Waiter is { } waits)
            return waits.Answer;
        var pool = state.Current.PoolOf(full.Backend)!;
        var queued = new Queued(pool.Settings, pool.Queue.Count, pool.Traffic);
        return pool.Queue.TryAdd(new Waiter(pool.Queue, lease, Sender, query.Tried, queued), pool.Settings.Pool.Queue.Max) ? queued : full;
    }

    /// <summary>Gives what is free to those that wait, the oldest first.</summary>
    private void Serve(string backend)
    {
        if (state.Current.PoolOf(backend) is not { Queue.Count: > 0 } pool)
            return;
        pool.Queue.Serve(waiter =>
        {
            switch (pool.Find(waiter.Tried, waiter.Lease, waiter))
            {
                case QueueFull:
                    // What this one cannot have, no later one can, unless each waits for servers of its own.
                    return (Done: false, GoOn: waiter.Tried != 0 || pool.KeepsTo);
                case RouteTo to:
                    pool.Queue.Left();
                    waiter.Asker.Tell(to, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                case var none when waiter.Tried != 0 && waiter.Lease.TryLeave(waiter):
                    // Only servers are left that it has tried: the connection decides itself how to go on.
                    waiter.Asker.Tell(none, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                default:
                    // It waits for a server to come up, or for its timeout.
                    return (Done: !waiter.Waits, GoOn: true);
            }
        });
    }
}
