namespace Akka.Actor;

/// <summary>Makes the instances of an actor: once at its start and once more at every restart.</summary>
public interface IIndirectActorProducer
{
    ActorBase Produce();

    Type ActorType { get; }

    void Release(ActorBase actor);
}
