using System.Net;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>
/// One client connection as the transport sees it, from accept to close. Its life:
/// <code>
///   accepted --Receive*--> peeked --Connect*--> joined --> ended
///       \________Close________\_______Close_____\___/
/// </code>
/// <see cref="Receive"/> collects the client's first bytes without handing them on; <see cref="Connect"/> dials a server, sends preface
/// and collected bytes, and joins both sides; <see cref="Close"/> may come at any time from any thread. Whatever happens, the
/// link ends once, with its first reason, and then tells <see cref="ILinkHandler.Ended"/> once.
/// </summary>
public abstract class Link(IPEndPoint client, IPEndPoint local, long acceptedAt)
{
    private static long _lastId;

    /// <summary>Unique in this process, counting from 1.</summary>
    public long Id { get; } = Interlocked.Increment(ref _lastId);

    /// <summary>The client's address, which <see cref="Announce"/> may replace. An IPv4 client of a dual-mode socket is IPv4
    /// here.</summary>
    public IPEndPoint Client { get; private set; } = Unmapped(client);

    /// <summary>The address that the client reached.</summary>
    public IPEndPoint Local { get; private set; } = Unmapped(local);

    /// <summary><see cref="TimeProvider.GetTimestamp"/> at accept.</summary>
    public long AcceptedAt { get; } = acceptedAt;

    /// <summary>Bytes and times of the joined connection, readable from any thread while it runs.</summary>
    public RelayCounters Counters { get; } = new();

    /// <summary>Who is told of dial and end. Set once, before the first <see cref="Connect"/> or <see cref="Close"/>.</summary>
    public ILinkHandler? Handler { get; set; }

    /// <summary>What the client sent so far. Valid from <see cref="IReceiveHandler.Received"/> to the next call on the link.</summary>
    public abstract ReadOnlySpan<byte> Received { get; }

    /// <summary>
    /// Sets the addresses of a PROXY header and removes its <paramref name="length"/> bytes from <see cref="Received"/>; may be called
    /// while
    /// <see cref="Received"/> is valid.
    /// </summary>
    /// <param name="client">Null: for itself.</param>
    public void Announce(IPEndPoint? client, IPEndPoint? local, int length)
    {
        Client = Unmapped(client ?? Client);
        Local = Unmapped(local ?? Local);
        Skip(length);
    }

    /// <summary>Drops the first <paramref name="count"/> of the received bytes.</summary>
    protected abstract void Skip(int count);

    /// <summary>A dual-mode socket shows an IPv4 client as ::ffff:a.b.c.d.</summary>
    private static IPEndPoint Unmapped(IPEndPoint end) =>
        end.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(end.Address.MapToIPv4(), end.Port) : end;

    /// <summary>Asks for more of the client's bytes; <paramref name="handler"/> is told once. Never two at a time.</summary>
    /// <param name="maxTotal">Bytes to hold at most; at this many, the answer is <see cref="ReceiveStatus.Full"/>.</param>
    public abstract void Receive(int maxTotal, IReceiveHandler handler);

    /// <summary>The longest preface. Buffers for a hello have as much room ahead of it, so that both leave in one send.</summary>
    public const int MaxPreface = ProxyHeaderV2.MaxLength;

    /// <summary>Dials, sends preface and received bytes in one go, joins. The handler is told of the one or the other outcome.</summary>
    /// <param name="preface">Bytes to send ahead of the client's (a PROXY header), at most <see cref="MaxPreface"/>, or none.</param>
    public abstract void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface);

    /// <summary>
    /// Whether the client is seen to have ended or broken its side while nobody reads it; from any thread. It may be seen late, behind
    /// bytes
    /// that have not been read.
    /// </summary>
    public virtual bool ClientHasLeft => false;

    /// <summary>Ends the link. The first reason wins; later calls change nothing.</summary>
    public abstract void Close(CloseReason reason, CloseMode mode);

    /// <summary>Why it ended; <see cref="CloseReason.None"/> while it lives.</summary>
    public abstract CloseReason Reason { get; }
}

/// <summary>How one <see cref="Link.Receive"/> went.</summary>
public enum ReceiveStatus
{
    /// <summary>There are more bytes than before.</summary>
    Data,

    /// <summary>The client sent FIN; no more bytes will come.</summary>
    Finished,

    /// <summary>The client's side broke (ECONNRESET, ETIMEDOUT ...).</summary>
    Broken,

    /// <summary>The limit is reached.</summary>
    Full,

    /// <summary>The link was closed from this side meanwhile.</summary>
    Closed,
}

/// <summary>Told on the transport's thread; must neither block nor throw.</summary>
public interface IReceiveHandler
{
    void Received(Link link, ReceiveStatus status);
}

/// <summary>Told on the transport's thread; must neither block nor throw.</summary>
public interface ILinkHandler
{
    /// <summary>The server took the connection, preface and first bytes are on their way, both sides are joined.</summary>
    void Joined(Link link);

    /// <summary>The server did not take the connection. The link is as before the <see cref="Link.Connect"/>; another may follow.</summary>
    void ConnectFailed(Link link, CloseReason failure);

    /// <summary>The link ended; <see cref="Link.Reason"/> says why. Nothing is told after this.</summary>
    void Ended(Link link);
}

/// <summary>All that the transport has to know of a server to join a client with it. One instance a server serves all
/// connections.</summary>
/// <param name="Server">Where to dial.</param>
/// <param name="ConnectTimeout">How long the server may take to accept.</param>
/// <param name="Timeouts">Inactivity limits of the joined connection.</param>
/// <param name="Source">Where to dial from, of the server's family; null: the system chooses.</param>
public sealed record ConnectPlan(IPEndPoint Server, TimeSpan ConnectTimeout, RelayTimeouts Timeouts, IPAddress? Source = null);
