using System.Buffers;
using System.Net;
using EdgeActors.Protocol;
using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>
/// One client connection in the transport, from accept to close:
/// <code>
///   accepted --Receive*--> peeked --Connect*--> joined --> ended
///       \________Close________\_______Close_____\___/
/// </code>
/// <see cref="Receive"/> buffers the client's first bytes; <see cref="Connect"/> dials a server, sends preface and buffer, and
/// joins both sides. The link ends once, with its first reason, and then calls <see cref="ILinkHandler.Ended"/> once. A joined link can
/// rest (<see cref="Freeze"/>) while it is handed over to another process.
/// </summary>
/// <param name="id">0: the next one.</param>
public abstract class Link(IPEndPoint client, IPEndPoint local, long acceptedAt, long id = 0)
{
    private static long _lastId;

    public long Id { get; } = id != 0 ? id : Interlocked.Increment(ref _lastId);

    /// <summary>The id given last.</summary>
    public static long LastId => Interlocked.Read(ref _lastId);

    /// <summary>Later ids are higher: a previous process gave out the lower ones.</summary>
    public static void ContinueAfter(long id)
    {
        for (var last = LastId; last < id;)
            last = Interlocked.CompareExchange(ref _lastId, id, last) is var seen && seen == last ? id : seen;
    }

    /// <summary>The client's address, which <see cref="Announce"/> may replace. IPv4 clients of a dual-mode socket are IPv4 here.</summary>
    public IPEndPoint Client { get; private set; } = Unmapped(client);

    public IPEndPoint Local { get; private set; } = Unmapped(local);

    /// <summary><see cref="TimeProvider.GetTimestamp"/> at accept.</summary>
    public long AcceptedAt { get; } = acceptedAt;

    /// <summary>Counters of the joined connection; any thread may read them.</summary>
    public RelayCounters Counters { get; } = new();

    /// <summary>Receives dial results and the end. Set once, before the first <see cref="Connect"/> or <see cref="Close"/>.</summary>
    public ILinkHandler? Handler { get; set; }

    /// <summary>The client's bytes so far. Valid from <see cref="IReceiveHandler.Received"/> to the next call on the link.</summary>
    public abstract ReadOnlySpan<byte> Received { get; }

    /// <summary>Sets the addresses of a PROXY header and removes its <paramref name="length"/> bytes from <see cref="Received"/>, which may
    /// be valid.</summary>
    /// <param name="client">Null: unchanged.</param>
    public void Announce(IPEndPoint? client, IPEndPoint? local, int length)
    {
        Client = Unmapped(client ?? Client);
        Local = Unmapped(local ?? Local);
        Skip(length);
    }

    /// <summary>Removes the first <paramref name="count"/> received bytes.</summary>
    protected abstract void Skip(int count);

    /// <summary>Converts ::ffff:a.b.c.d of a dual-mode socket to IPv4.</summary>
    private static IPEndPoint Unmapped(IPEndPoint end) =>
        end.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(end.Address.MapToIPv4(), end.Port) : end;

    /// <summary>Reads more bytes; <paramref name="handler"/> is called once. One call at a time.</summary>
    /// <param name="maxTotal">Buffer limit in bytes; when reached, the status is <see cref="ReceiveStatus.Full"/>.</param>
    public abstract void Receive(int maxTotal, IReceiveHandler handler);

    /// <summary>The longest preface without passed fields. Hello buffers reserve this many bytes in front, so that one send carries
    /// both.</summary>
    public const int MaxPreface = ProxyHeaderV2.MaxLength;

    /// <summary>Copies the hello to a larger buffer if the room in front of it is too small.</summary>
    protected static void MakeHeadroom(ref byte[] hello, ref int headroom, int received, int wanted)
    {
        if (wanted <= headroom)
            return;
        var bigger = ArrayPool<byte>.Shared.Rent(wanted + received);
        hello.AsSpan(headroom, received).CopyTo(bigger.AsSpan(wanted));
        (hello, headroom) = (bigger, wanted);
    }

    /// <summary>Dials, sends preface and received bytes in one send, and joins. The handler is told the result. A pending
    /// <see cref="Receive"/> gets no answer.</summary>
    /// <param name="preface">Bytes sent first (a PROXY header), may be empty. Beyond <see cref="MaxPreface"/> the hello is copied.</param>
    public abstract void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface);

    /// <summary>True if the client's FIN or error was seen while no one reads. Any thread. Unread bytes may delay it.</summary>
    public virtual bool ClientHasLeft => false;

    /// <summary>Ends the link. The first reason wins; later calls change nothing.</summary>
    public abstract void Close(CloseReason reason, CloseMode mode);

    /// <summary><see cref="CloseReason.None"/> while the link is open.</summary>
    public abstract CloseReason Reason { get; }

    /// <summary>Stops relaying. A <see cref="Close"/> takes effect only after <see cref="Thaw"/>.</summary>
    /// <param name="frozen">Called once, on any thread. Null: the link is not joined or has ended.</param>
    public virtual void Freeze(Action<LinkHandover?> frozen)
    {
        ArgumentNullException.ThrowIfNull(frozen);
        frozen(null);
    }

    /// <summary>What another process needs of this link at rest.</summary>
    private protected LinkHandover AtRest(
        long since, RelayTimeouts timeouts, DirectionHandover up, DirectionHandover down, int clientFd, int serverFd) => new()
    {
        Id = Id,
        Client = Client.ToString(),
        Local = Local.ToString(),
        AcceptedAt = AcceptedAt,
        JoinedAt = Counters.JoinedAt,
        LastUp = Counters.LastUp,
        LastDown = Counters.LastDown,
        FrozenAt = since,
        Timeouts = timeouts,
        Up = up,
        Down = down,
        ClientFd = clientFd,
        ServerFd = serverFd,
    };

    /// <summary>The facts of a joined link, for the keeper. Any thread. Null: it is not joined, or the transport keeps none.</summary>
    public virtual LinkHandover? Describe() => null;

    /// <summary>The keeper has the descriptors, so that the next process can continue the link after a crash.</summary>
    public virtual bool IsKept => false;

    /// <summary>Gives the keeper the descriptors.</summary>
    /// <param name="message">Of <see cref="KeeperOp.Put"/>; the transport fills in the slot.</param>
    /// <param name="done">Called once, on any thread. False: the keeper is too slow, or has no room; try again later.</param>
    public virtual void Keep(byte[] message, Action<bool> done)
    {
        ArgumentNullException.ThrowIfNull(done);
        done(true);
    }

    /// <summary>A frozen link relays again.</summary>
    public virtual void Thaw()
    {
    }

    /// <summary>Another process has the frozen link: this one closes its descriptors. The handler is told nothing.</summary>
    public virtual void GiveAway()
    {
    }
}

public enum ReceiveStatus
{
    Data,

    /// <summary>The client sent FIN.</summary>
    Finished,

    /// <summary>The client's side failed (ECONNRESET, ETIMEDOUT ...).</summary>
    Broken,

    Full,

    /// <summary>The link was closed locally.</summary>
    Closed,
}

/// <summary>Called on the transport's thread; must not block or throw.</summary>
public interface IReceiveHandler
{
    void Received(Link link, ReceiveStatus status);
}

/// <summary>Called on the transport's thread; must not block or throw.</summary>
public interface ILinkHandler
{
    /// <summary>The server accepted, preface and first bytes are sent, both sides are joined.</summary>
    void Joined(Link link);

    /// <summary>The connect failed. The link is as before, and another <see cref="Link.Connect"/> may follow.</summary>
    void ConnectFailed(Link link, CloseReason failure);

    /// <summary>The last call; <see cref="Link.Reason"/> has the reason.</summary>
    void Ended(Link link);
}

/// <summary>How the transport reaches a server. One instance per address of a server, shared by all connections.</summary>
/// <param name="Server">An address or a Unix socket.</param>
/// <param name="ConnectTimeout">Limit for connect(2).</param>
/// <param name="Timeouts">Inactivity limits of the joined connection.</param>
/// <param name="Source">The source address, of the server's family; null: the system chooses.</param>
public sealed record ConnectPlan(EndPoint Server, TimeSpan ConnectTimeout, RelayTimeouts Timeouts, IPAddress? Source = null);
