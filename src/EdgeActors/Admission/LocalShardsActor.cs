using Akka.Actor;
using Akka.Cluster.Sharding;

namespace EdgeActors.Admission;

/// <summary>
/// A shard region for one node that needs no cluster: the same extractor, the same entities, children of this actor, made when
/// their first message comes. They run where it does.
/// </summary>
public sealed class LocalShardsActor(IMessageExtractor extractor, Func<string, Props> entity) : UntypedActor
{
    /// <summary>A killed entity is restarted, too. One that cannot be constructed is stopped: it would be tried without end.</summary>
    private static readonly SupervisorStrategy Restarting = new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    private readonly Dictionary<string, IActorRef> _entities = [];

    public static Props Props(IMessageExtractor extractor, Func<string, Props> entity) =>
        Akka.Actor.Props.Create(() => new LocalShardsActor(extractor, entity));

    protected override SupervisorStrategy SupervisorStrategy() => Restarting;

    protected override void OnReceive(object message)
    {
        if (message is Terminated gone)
        {
            _entities.Remove(gone.ActorRef.Path.Name);
            return;
        }
        if (extractor.EntityId(message) is not { } id)
        {
            Unhandled(message);
            return;
        }
        if (!_entities.TryGetValue(id, out var child))
            _entities[id] = child = Context.Watch(Context.ActorOf(entity(id).WithDispatcher(Context.Dispatcher.Id), id));
        child.Forward(extractor.EntityMessage(message) ?? message);
    }
}
