using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace EdgeActors.Connection;

/// <summary>One listener's flow, from accepted connection to told result: inlet, peek, answer.</summary>
public static class PeekFlow
{
    /// <summary>Connections that may wait ahead of the stage at least, so that a burst is not refused while the stage catches up. It is as many
    /// as the stage may hold: on a machine that stalls, a burst of clients that it has room for comes all at once.</summary>
    private const int LeastBurst = 256;

    /// <param name="maxPeeks">Unfinished hellos at once.</param>
    /// <returns>The entrance, and a task that ends when the flow has ended: faulted if a stage failed.</returns>
    public static (IPeekQueue Queue, Task<Done> Ended) Run(
        IMaterializer materializer, TimeSpan helloTimeout, int maxHello, int maxPeeks, TimeProvider time) =>
        Source.FromGraph(new PeekInlet(Math.Max(LeastBurst, maxPeeks)))
            .Via(new ClientHelloPeekStage(helloTimeout, maxHello, maxPeeks, time))
            .ToMaterialized(
                Sink.ForEach<PeekResult>(static result => result.Request.ReplyTo.Tell(result, ActorRefs.NoSender)),
                Keep.Both)
            .Run(materializer);
}
