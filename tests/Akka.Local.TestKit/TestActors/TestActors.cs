using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Takes everything and does nothing.</summary>
public class BlackHoleActor : ActorBase
{
    public static Props Props { get; } = Props.Create<BlackHoleActor>();

    protected override bool Receive(object message) => true;
}

/// <summary>Answers everything with itself.</summary>
public class EchoActor : ActorBase
{
    public static Props Props { get; } = Props.Create<EchoActor>();

    protected override bool Receive(object message)
    {
        Sender.Tell(message, Self);
        return true;
    }
}

public class ForwardActor(IActorRef target) : ActorBase
{
    public static Props Props(IActorRef target) => Actor.Props.Create<ForwardActor>(target);

    protected override bool Receive(object message)
    {
        target.Forward(message);
        return true;
    }
}
