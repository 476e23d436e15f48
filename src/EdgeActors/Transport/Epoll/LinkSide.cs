namespace EdgeActors.Transport.Epoll;

/// <summary>
/// One socket of a link and what is known of it. Edge-triggered: epoll tells once, so what it told is kept until a call says EAGAIN (or
/// moved less than it could have, which says the same).
/// </summary>
internal struct LinkSide
{
    public int Fd;
    public bool Readable;
    public bool Writable;

    /// <summary>A FIN is behind the bytes: only a read of 0 uses it up.</summary>
    public bool FinSeen;

    /// <summary>EPOLLERR or EPOLLHUP came: whatever the calls say, something is over.</summary>
    public bool ErrorSeen;

    /// <summary>What epoll is asked for; 0: the socket is not with it yet.</summary>
    public uint Watched;

    public readonly bool IsOpen => Fd >= 0;

    public void Learn(uint events)
    {
        if ((events & (Native.EpollIn | Native.EpollReadHup | Native.EpollHup | Native.EpollErr)) != 0)
            Readable = true;
        if ((events & (Native.EpollOut | Native.EpollHup | Native.EpollErr)) != 0)
            Writable = true;
        if ((events & (Native.EpollReadHup | Native.EpollHup)) != 0)
            FinSeen = true;
        if ((events & (Native.EpollErr | Native.EpollHup)) != 0)
            ErrorSeen = true;
    }
}
