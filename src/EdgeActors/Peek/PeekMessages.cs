using Akka.Actor;
using Akka.Event;
using EdgeActors.Transport;

namespace EdgeActors.Peek;

/// <summary>A client whose hello is wanted, and who wants it. It goes through the flow itself, with what the flow notes on it.</summary>
public sealed class PeekRequest(Link link, IActorRef replyTo, ProxyHeaderRule header = ProxyHeaderRule.None) : PendingPeek(link, header)
{
    public IActorRef ReplyTo { get; } = replyTo;
}

/// <summary>How a peek ended.</summary>
public enum PeekOutcome
{
    /// <summary>The hello is complete and well formed; whether it names a server, its <see cref="ClientHello"/> says.</summary>
    Hello,
    NotTls,
    Malformed,
    TooLarge,

    /// <summary>The hello was not complete in time.</summary>
    TimedOut,

    /// <summary>The client went before its hello was complete.</summary>
    Gone,

    /// <summary>The flow was torn down.</summary>
    Interrupted,

    /// <summary>No PROXY header where one must be.</summary>
    ProxyMissing,

    /// <summary>A PROXY header that cannot be believed: against the rules, too long, or of a wrong checksum.</summary>
    ProxyMalformed,

    /// <summary>A PROXY header of someone whose word does not count.</summary>
    ProxyUntrusted,
}

/// <param name="Hello">Only with <see cref="PeekOutcome.Hello"/>.</param>
public sealed record PeekResult(PeekRequest Request, PeekOutcome Outcome, ClientHello? Hello) : IDeadLetterSuppression;

/// <summary>The entrance of a peek flow. Any thread.</summary>
public interface IPeekQueue
{
    /// <summary>False: the bound on unfinished hellos is reached, the request was not taken.</summary>
    bool Offer(PeekRequest request);

    /// <summary>No more requests; the flow ends once those in it have ended.</summary>
    void Complete();
}
