using Akka.Actor;
using Akka.Event;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>A client whose hello is wanted, and who wants it. It goes through the flow itself, with what the flow notes on it.</summary>
public sealed class PeekRequest(Link link, IActorRef replyTo, ProxyHeaderRule header = ProxyHeaderRule.None) : PendingPeek(link, header)
{
    public IActorRef ReplyTo { get; } = replyTo;
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
