using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Makes actors by a function, so that their constructors need not be public.</summary>
internal sealed class FunctionProducer<TActor>(Func<TActor> make) : IIndirectActorProducer
    where TActor : ActorBase
{
    public Type ActorType => typeof(TActor);

    public static Props Props(Func<TActor> make) => Actor.Props.CreateBy(new FunctionProducer<TActor>(make));

    public ActorBase Produce() => make();

    public void Release(ActorBase actor)
    {
    }
}
