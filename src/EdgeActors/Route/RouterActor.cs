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
/// Answers connections and takes the probes' news: the only writer of the snapshot. It keeps nothing of its own, so a failure loses
/// at most the message that it failed on.
/// </summary>
public sealed class RouterActor(RouteState state) : UntypedActor
{
    public static Props Props(RouteState state) => Akka.Actor.Props.Create(() => new RouterActor(state));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RouteQuery query:
                Sender.Tell(state.Current.Find(query), ActorRefs.NoSender);
                break;
            case ServerHealth health:
                state.Publish(state.Current.With(health.Backend, health.Server, health.Up));
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
