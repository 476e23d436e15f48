using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>What the peek stage notes of a client: its place in the list from the oldest deadline to the newest, and how far its hello is.</summary>
public abstract class PendingPeek(Link link, ProxyHeaderRule header) : IReceiveHandler
{
    private const int Asked = 0, Answered = 1, Returned = 2;

    private Action<PendingPeek>? _progressed;
    private int _asking;

    public Link Link { get; } = link;

    internal PeekRequest? Older { get; set; }

    internal PeekRequest? Newer { get; set; }

    /// <summary>Timestamp of its coming.</summary>
    internal long Since { get; private set; }

    internal ReceiveStatus Status { get; set; }

    /// <summary>What may come ahead of the hello; <see cref="ProxyHeaderRule.None"/> once it is read.</summary>
    internal ProxyHeaderRule Header { get; set; } = header;

    internal bool Done { get; set; }

    /// <param name="progressed">Called when an answer comes late, on whatever thread.</param>
    internal void Enter(long since, Action<PendingPeek> progressed)
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
