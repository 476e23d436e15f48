using Akka.Actor;

namespace EdgeActors;

/// <summary>
/// The parent of every step's actor. Whatever one of them fails on, killed from outside included, it is restarted with its mailbox; its
/// state lives outside of it. Only one that cannot even be constructed is stopped, lest it be tried for ever.
/// </summary>
public sealed class NodeActor(Action<IActorRefFactory> startChildren) : UntypedActor
{
    /// <summary>For every parent of actors that must be there: restart, always.</summary>
    public static SupervisorStrategy Restarting { get; } = new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    public static Props Props(Action<IActorRefFactory> startChildren) => Akka.Actor.Props.Create(() => new NodeActor(startChildren));

    protected override SupervisorStrategy SupervisorStrategy() => Restarting;

    protected override void PreStart() => startChildren(Context);

    protected override void PreRestart(Exception reason, object message)
    {
        // Not the default, which would stop the children.
    }

    protected override void PostRestart(Exception reason)
    {
        // Not the default, which would start them again.
    }

    protected override void OnReceive(object message) => Unhandled(message);
}
