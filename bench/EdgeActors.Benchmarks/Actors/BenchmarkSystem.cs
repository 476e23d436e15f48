using System.Diagnostics;
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

    /// <summary>
    /// Runs a benchmark until the runtime has compiled its code for the last time. That takes a while and happens in the background, and
    /// much more code takes part in what actors do than in a function.
    /// </summary>
    public static void WarmUp(Func<Task> benchmark)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(4);)
            benchmark().Wait();
    }

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
