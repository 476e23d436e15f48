using Akka.Actor;

namespace Akka.Contract.Tests;

/// <summary>An actor whose only method is given to it.</summary>
public sealed class Scripted(Action<IActorContext, object> onReceive) : UntypedActor
{
    public static Props Props(Action<IActorContext, object> onReceive) => Akka.Actor.Props.Create(() => new Scripted(onReceive));

    protected override void OnReceive(object message) => onReceive(Context, message);
}
