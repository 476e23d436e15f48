using Akka.Actor;
using Akka.Event;
using Akka.Streams.Dsl;
using Akka.Streams;
using Akka;
using EdgeActors.Protocol;
using EdgeActors.Transport;

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

/// <param name="Reason">Why the connection cannot be routed; <see cref="CloseReason.None"/>: the hello is complete and well formed.</param>
/// <param name="Hello">Only with <see cref="CloseReason.None"/>.</param>
public sealed record PeekResult(PeekRequest Request, CloseReason Reason, ClientHello? Hello) : IDeadLetterSuppression;

/// <summary>The entrance of a peek flow. Any thread.</summary>
public interface IPeekQueue
{
    /// <summary>False: the bound on unfinished hellos is reached, the request was not taken.</summary>
    bool Offer(PeekRequest request);

    /// <summary>No more requests; the flow ends once those in it have ended.</summary>
    void Complete();
}

/// <summary>A client whose hello is wanted, and what the peek stage notes on it: its place in the list from the oldest deadline to the newest,
/// and how far its hello is.</summary>
/// <param name="replyTo">Gets the <see cref="PeekResult"/>.</param>
/// <param name="header">What may come ahead of the hello.</param>
public sealed class PeekRequest(Link link, IActorRef replyTo, ProxyHeaderRule header = ProxyHeaderRule.None) : IReceiveHandler
{
    private const int Asked = 0, Answered = 1, Returned = 2;

    private Action<PeekRequest>? _progressed;
    private int _asking;

    public Link Link { get; } = link;

    public IActorRef ReplyTo { get; } = replyTo;

    internal PeekRequest? Older { get; set; }

    internal PeekRequest? Newer { get; set; }

    /// <summary>Timestamp of its coming.</summary>
    internal long Since { get; private set; }

    internal ReceiveStatus Status { get; set; }

    /// <summary>What may come ahead of the hello; <see cref="ProxyHeaderRule.None"/> once it is read.</summary>
    internal ProxyHeaderRule Header { get; set; } = header;

    internal bool Done { get; set; }

    /// <param name="progressed">Called when an answer comes late, on whatever thread.</param>
    internal void Enter(long since, Action<PeekRequest> progressed)
    {
        Since = since;
        _progressed = progressed;
    }

    /// <returns>Whether the answer came at once: the usual case, and a turn of the stream's mailbox saved.</returns>
    internal bool Ask(int maxTotal)
    {
        Volatile.Write(ref _asking, Asked);
        Link.Receive(maxTotal, this);
        return Interlocked.CompareExchange(ref _asking, Returned, Asked) == Answered;
    }

    void IReceiveHandler.Received(Link link, ReceiveStatus status)
    {
        Status = status;
        if (Interlocked.CompareExchange(ref _asking, Answered, Asked) != Asked)
            _progressed!(this);
    }
}
