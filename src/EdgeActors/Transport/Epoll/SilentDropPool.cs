namespace EdgeActors.Transport.Epoll;

/// <summary>
/// Silently dropped clients of one reactor. The kernel answers data to a closed socket with a reset, so the socket stays open
/// until its client has been quiet for the hold time. Bounded: clients that sent FIN are evicted first, then the oldest.
/// <code>
///   waiting --FIN--> finished     Release: hold, or 5 s from the FIN, is over; evicted
///      +----RST---------+------>  Release at once: nothing more can come
/// </code>
/// </summary>
internal sealed unsafe class SilentDropPool(Reactor reactor, EpollTransport transport, int max, TimeSpan hold)
{
    /// <summary>Maximum bytes per client: at least the initial window. Beyond it the client sees a closed window.</summary>
    private const int MaxDiscarded = 64 * 1024;

    /// <summary>SO_RCVBUF, which the kernel doubles. Setting it disables auto-tuning.</summary>
    private const int ReceiveBuffer = 8 * 1024;

    /// <summary>After a FIN only its retransmission can come, after 1 s and 2 s more (RFC 6298).</summary>
    private const long AfterFinMs = 5000;

    private const uint Anything = Native.EpollIn | Native.EpollReadHup, OnlyReset = 0;

    /// <summary>EPERM once: a process gains no capability.</summary>
    private static volatile bool s_mayNotRepair;

    private readonly long _holdMs = (long)hold.TotalMilliseconds;
    private readonly LinkedList<SilentDrop> _waiting = new();
    private readonly LinkedList<SilentDrop> _finished = new();
    private int _count;
    private long _evicted;

    /// <summary>Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Released early to make room. Any thread.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    /// <param name="watched">True if epoll already has the descriptor.</param>
    public void Add(int fd, bool watched)
    {
        var socket = Enter(fd);
        // A keepalive probe would reveal the open socket.
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoKeepAlive, 0);
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoReceiveBuffer, ReceiveBuffer);
        reactor.Wheel.Set(socket, reactor.NowMs + HoldMs);
        // Level-triggered: one receive per turn, so that a fast sender gets no more than its share.
        Watch(socket, Anything, watched ? Native.EpollModify : Native.EpollAdd);
        Discard(socket);
        if (max == 0)
            Release(socket);
    }

    /// <summary>Removes sockets until <paramref name="taken"/> has <paramref name="most"/>; the caller owns their descriptors.</summary>
    public void Take(List<DropHandover> taken, int most)
    {
        while (taken.Count < most && (_waiting.First ?? _finished.First) is { Value: var socket } place)
        {
            var hasFin = place.List == _finished;
            Leave(socket);
            reactor.Control(Native.EpollDelete, socket.Fd, 0, 0);
            taken.Add(new DropHandover(Math.Max(0, socket.Due - reactor.NowMs), socket.Discarded, hasFin) { Fd = socket.Fd });
            transport.Closed();
        }
    }

    /// <summary>Holds a socket of <see cref="Take"/>, possibly of another process.</summary>
    public void Restore(DropHandover drop)
    {
        var socket = Enter(drop.Fd);
        socket.Discarded = drop.Discarded;
        reactor.Wheel.Set(socket, reactor.NowMs + drop.LeftMs);
        Watch(socket, drop.Discarded >= MaxDiscarded ? OnlyReset : Anything, Native.EpollAdd);
        if (drop.HasFin)
            Finish(socket);
        if (max == 0)
            Release(socket);
    }

    private SilentDrop Enter(int fd)
    {
        if (_count >= max && (_finished.First ?? _waiting.First) is { } oldest)
        {
            Release(oldest.Value);
            Interlocked.Increment(ref _evicted);
        }
        var socket = new SilentDrop(this, fd);
        socket.EpollSlot = reactor.Slots.Take(socket);
        _waiting.AddLast(socket.Place);
        Volatile.Write(ref _count, _count + 1);
        return socket;
    }

    /// <summary>Shorter once the pool is half full, down to a fiftieth: new clients send their hello to an open socket, even in a flood.</summary>
    private long HoldMs => _count <= max / 2 ? _holdMs : Math.Max(_holdMs / 50, _holdMs * 2 * (max - _count) / Math.Max(max, 1));

    public void Clear()
    {
        while ((_finished.First ?? _waiting.First) is { } any)
            Release(any.Value);
    }

    internal void OnEvents(SilentDrop socket, uint events)
    {
        // The client's reset has closed the connection.
        if ((events & (Native.EpollErr | Native.EpollHup)) != 0)
            Release(socket);
        else
            Discard(socket);
    }

    internal void Release(SilentDrop socket)
    {
        if (!Leave(socket))
            return;
        CloseQuietly(socket.Fd);
        transport.Closed();
    }

    private bool Leave(SilentDrop socket)
    {
        if (socket.Place.List is not { } list)
            return false;
        list.Remove(socket.Place);
        Volatile.Write(ref _count, _count - 1);
        reactor.Wheel.Cancel(socket);
        reactor.Slots.Give(socket.EpollSlot);
        return true;
    }

    /// <summary>With CAP_NET_ADMIN, TCP_REPAIR: close(2) sends nothing (undocumented in tcp(7), used by CRIU). Otherwise a reset with TTL
    /// 1, which expires at the first router; a client on the same link sees it.</summary>
    private static void CloseQuietly(int fd)
    {
        // Sends a delayed acknowledgement now: otherwise the client retransmits and gets a reset.
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpQuickAck, 1);
        if (s_mayNotRepair || (s_mayNotRepair = Native.SetOption(fd, Native.SolTcp, Native.TcpRepair, 1) < 0))
        {
            // The other family's option fails; IPv4 clients of a dual-mode socket need the IPv4 one (RFC 4038, 4.2).
            _ = Native.SetOption(fd, Native.SolIp, Native.IpTtl, 1);
            _ = Native.SetOption(fd, Native.SolIpV6, Native.IpV6UnicastHops, 1);
            Native.LingerZero(fd);
        }
        _ = Native.Close(fd);
    }

    /// <summary>MSG_TRUNC discards bytes without copying them.</summary>
    private void Discard(SilentDrop socket)
    {
        var got = Native.Receive(socket.Fd, reactor.Scratch, Reactor.ScratchSize, Native.MsgTruncate | Native.MsgDontWait);
        if (got > 0)
        {
            socket.Discarded += (int)got;
            reactor.Wheel.Set(socket, reactor.NowMs + HoldMs);
            if (socket.Discarded >= MaxDiscarded)
                Watch(socket, OnlyReset);
        }
        else if (got == 0)
        {
            Finish(socket);
        }
        else if (Errno.Last is not (Errno.Again or Errno.Interrupted))
        {
            Release(socket);
        }
    }

    private void Finish(SilentDrop socket)
    {
        _waiting.Remove(socket.Place);
        _finished.AddLast(socket.Place);
        reactor.Wheel.Set(socket, Math.Min(socket.Due, reactor.NowMs + AfterFinMs));
        Watch(socket, OnlyReset);
    }

    private void Watch(SilentDrop socket, uint events, int operation = Native.EpollModify) =>
        reactor.Control(operation, socket.Fd, events, reactor.Slots.Tag(socket.EpollSlot, 0));
}

/// <summary>A held socket: descriptor, position in eviction order, deadline.</summary>
internal sealed class SilentDrop : WheelTimer, IEpollSource
{
    private readonly SilentDropPool _owner;

    public SilentDrop(SilentDropPool owner, int fd)
    {
        _owner = owner;
        Fd = fd;
        Place = new LinkedListNode<SilentDrop>(this);
    }

    public int Fd { get; }

    public LinkedListNode<SilentDrop> Place { get; }

    public int EpollSlot { get; set; }

    /// <summary>Bytes discarded since the drop.</summary>
    public int Discarded { get; set; }

    public override void OnTimer(long now) => _owner.Release(this);

    public void OnEvents(int side, uint events) => _owner.OnEvents(this, events);

    public void Failed(Exception e) => _owner.Release(this);
}
