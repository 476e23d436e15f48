using Akka.Actor;

namespace EdgeActors.Route;

/// <summary>Where the router's current snapshot lives: it outlives the router, and anyone may read it.</summary>
public sealed class RouteState(RouteSnapshot first)
{
    private RouteSnapshot _current = first;

    public RouteSnapshot Current => Volatile.Read(ref _current);

    internal void Publish(RouteSnapshot next) => Volatile.Write(ref _current, next);
}

/// <summary>
/// Answers connections and takes the probes', the resolver's and the operator's news: the only writer of the snapshot, and of the queues
/// before full servers. It keeps nothing of its own, so a failure loses at most the message that it failed on.
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
                if (answer is PoolFull full)
                    Enqueue(query, full);
                else
                    Sender.Tell(answer, ActorRefs.NoSender);
                break;
            case ServerFreed freed:
                Serve(freed.Backend);
                break;
            case ServerHealth health:
                Publish(health.Backend, state.Current.With(health.Backend, IndexOf(health.Backend, health.Server), health.Up));
                break;
            case SetServerAddress address:
                Publish(address.Backend, state.Current.WithAddress(address.Backend, IndexOf(address.Backend, address.Server), address.EndPoint));
                break;
            case ReplaceRoutes next:
                Replace(next);
                break;
            case SetServerState set:
                Set(set.Backend, set.Server, static (pool, index, set) => pool.With(index, set.State), set);
                break;
            case SetServerWeight set:
                Set(set.Backend, set.Server, static (pool, index, set) => pool.With(index, Math.Clamp(set.Weight, 0, BackendServer.MaxWeight)), set);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Where the server is now: news of it may be older than the configuration.</summary>
    private int IndexOf(string backend, BackendServer server) => state.Current.PoolOf(backend)?.IndexOf(server) ?? -1;

    private void Publish(string backend, RouteSnapshot next)
    {
        state.Publish(next);
        next.PoolOf(backend)?.CountChanges();
        Serve(backend);
    }

    private void Replace(ReplaceRoutes next)
    {
        var before = state.Current;
        state.Publish(before.With(next));
        foreach (var (backend, pool) in before.Backends)
        {
            if (state.Current.PoolOf(backend.Name) is null)
                Dismiss(pool.Queue, backend.Name);
            else
                Serve(backend.Name);
        }
        foreach (var (_, pool) in state.Current.Backends)
            pool.CountChanges();
        Sender.Tell(new RoutesReplaced(state.Current), ActorRefs.NoSender);
    }

    /// <summary>The backend that they wait for is no more.</summary>
    private static void Dismiss(ConnectionQueue queue, string backend) => queue.Serve(waiter =>
    {
        if (waiter.Seat.TryLeave(waiter))
        {
            queue.Left();
            waiter.Asker.Tell(new NoServer(backend), ActorRefs.NoSender);
        }
        return (Done: true, GoOn: true);
    });

    private void Set<T>(string backend, string server, Func<BackendPool, int, T, BackendPool> change, T set)
    {
        ServerStatus? status = null;
        foreach (var one in state.Current.PoolOf(backend)?.Servers ?? [])
        {
            if (one.Name != server)
                continue;
            Publish(backend, state.Current.With(backend, one.Index, pool => change(pool, one.Index, set)));
            status = state.Current.PoolOf(backend)!.Status(one.Index);
        }
        Sender.Tell(new ServerSet(status), ActorRefs.NoSender);
    }

    private void Enqueue(RouteQuery query, PoolFull full)
    {
        // What was given back since is for those that wait already, and makes room behind them.
        Serve(full.Backend.Name);
        RouteAnswer answer = full.Refusal;
        if (query.Seat?.Waiter is { } waits)
            answer = waits.Answer; // The question was asked again, as no answer seemed to come.
        else if (query.Seat is { } seat && new Waiter(full.Queue, seat, Sender, query.Tried, new Queued(full.Backend, full.Queue.Count) { Pool = full.Refusal.Pool }) is var waiter && full.Queue.TryAdd(waiter))
            answer = waiter.Answer;
        Sender.Tell(answer, ActorRefs.NoSender);
        Serve(full.Backend.Name);
    }

    /// <summary>Gives what is free to those that wait, the oldest first.</summary>
    private void Serve(string backend)
    {
        if (state.Current.PoolOf(backend) is not { Queue.Count: > 0 } pool)
            return;
        pool.Queue.Serve(waiter =>
        {
            switch (state.Current.Find(waiter))
            {
                case PoolFull:
                    // What this one cannot have, no later one can, unless each waits for servers of its own.
                    return (Done: false, GoOn: waiter.Tried != 0 || pool.KeepsTo);
                case RouteTo to:
                    pool.Queue.Left();
                    waiter.Asker.Tell(to, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                case var none when waiter.Tried != 0 && waiter.Seat.TryLeave(waiter):
                    // Only those are left that it has tried: it decides itself how to go on.
                    pool.Queue.Left();
                    waiter.Asker.Tell(none, ActorRefs.NoSender);
                    return (Done: true, GoOn: true);
                default:
                    // Until a server comes up, or its time is over.
                    return (Done: !waiter.Waits, GoOn: true);
            }
        });
    }
}
