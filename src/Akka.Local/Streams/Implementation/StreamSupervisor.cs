using Akka.Actor;

namespace Akka.Streams.Implementation;

/// <summary>The parent of all streams of a materializer. A stream that breaks is gone, and no other is touched.</summary>
internal sealed class StreamSupervisor(ActorMaterializerImpl.Shared shared) : ActorBase
{
    protected override SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.StoppingStrategy;

    protected override bool Receive(object message) => false;

    protected override void PostStop() => Volatile.Write(ref shared.HasShutDown, 1);

    internal sealed class Producer(ActorMaterializerImpl.Shared shared) : IIndirectActorProducer
    {
        public Type ActorType => typeof(StreamSupervisor);

        public ActorBase Produce() => new StreamSupervisor(shared);

        public void Release(ActorBase actor)
        {
        }
    }
}
