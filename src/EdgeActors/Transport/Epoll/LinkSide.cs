namespace EdgeActors.Transport.Epoll;

/// <summary>One socket of a link and its readiness. Edge-triggered: epoll reports once, so readiness is kept until a call returns EAGAIN or
/// moves less than requested.</summary>
internal struct LinkSide
{
    public int Fd;
    public bool Readable;
    public bool Writable;

    /// <summary>A FIN follows the bytes.</summary>
    public bool FinSeen;

    /// <summary>EPOLLERR or EPOLLHUP was reported.</summary>
    public bool ErrorSeen;

    /// <summary>EPOLLPRI was reported: reads end at an urgent byte, with more bytes behind it. The byte itself is discarded, as for a
    /// program that reads without SO_OOBINLINE (tcp(7)).</summary>
    public bool UrgentSeen;

    /// <summary>A TCP socket that this process has accepted or connected: a short read ends at an urgent byte or at the last byte. A
    /// read from a Unix socket ends at descriptors, too (unix(7)).</summary>
    public bool IsTcp;

    /// <summary>The events requested from epoll; 0: not registered.</summary>
    public uint Watched;

    public readonly bool IsOpen => Fd >= 0;

    /// <summary>After a short read: the FIN is next, and needs no read of 0. Not after an error, because epoll reports EPOLLRDHUP for a
    /// reset, too.</summary>
    public readonly bool IsAtFin => IsTcp && FinSeen && !UrgentSeen && !ErrorSeen;

    public void OnEvents(uint events)
    {
        if ((events & (Native.EpollIn | Native.EpollReadHup | Native.EpollHup | Native.EpollErr)) != 0)
            Readable = true;
        if ((events & (Native.EpollOut | Native.EpollHup | Native.EpollErr)) != 0)
            Writable = true;
        if ((events & (Native.EpollReadHup | Native.EpollHup)) != 0)
            FinSeen = true;
        if ((events & (Native.EpollErr | Native.EpollHup)) != 0)
            ErrorSeen = true;
        if ((events & Native.EpollUrgent) != 0)
            UrgentSeen = true;
    }

    /// <summary>Fewer bytes came than there was room for: no more are there, unless a FIN or an urgent byte ended the read.</summary>
    public void OnShortRead() => Readable = FinSeen || UrgentSeen;
}
