using Akka.Actor;

namespace EdgeActors.Node;

/// <summary>
/// The parent of every step's actor. Whatever one of them fails on, killed from outside included, it goes on with its next message: what
/// it knows lives outside of it. It is resumed and not restarted, because a restart goes on to all children, and some have every
/// connection for a child.
/// </summary>
public sealed class NodeActor(Action<IUntypedActorContext> startChildren) : UntypedActor
{
    private static readonly SupervisorStrategy Resuming = new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Resume);

    public static Props Props(Action<IUntypedActorContext> startChildren) => Akka.Actor.Props.Create(() => new NodeActor(startChildren));

    protected override SupervisorStrategy SupervisorStrategy() => Resuming;

    protected override void PreStart() => startChildren(Context);

    protected override void OnReceive(object message)
    {
        if (message is StartChildren start)
            start.With(Context);
        else
            Unhandled(message);
    }
}

/// <summary>To the parent: start some more.</summary>
internal sealed record StartChildren(Action<IActorRefFactory> With);
