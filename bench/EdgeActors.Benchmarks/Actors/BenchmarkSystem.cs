using Akka.Actor;
using Akka.Configuration;

namespace EdgeActors.Benchmarks.Actors;

/// <summary>An actor system as Edge runs it: its defaults, and silent.</summary>
internal sealed class BenchmarkSystem : IDisposable
{
    public ActorSystem System { get; } = ActorSystem.Create("bench", ConfigurationFactory.ParseString("""
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off }
        }
        """));

    public void Dispose() => System.Terminate().Wait();
}

/// <summary>Makes an actor without reflection, as the path of a connection does.</summary>
internal sealed class Producer<TActor>(Func<TActor> make) : IIndirectActorProducer
    where TActor : ActorBase
{
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => make();

    public void Release(ActorBase actor)
    {
    }
}
