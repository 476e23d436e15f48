using System.Net.Sockets;

namespace EdgeActors.Listening;

/// <summary>What to do about a failed accept.</summary>
public enum AcceptVerdict
{
    /// <summary>It was that one connection's trouble: go on.</summary>
    Ignore,

    /// <summary>Something is used up: go on after a while, lest it spin.</summary>
    BackOff,

    /// <summary>The socket itself is broken: a new one is needed.</summary>
    Stop,
}

/// <summary>accept(2)'s errors in named groups.</summary>
public static class AcceptFault
{
    public static AcceptVerdict Classify(SocketError error) => error switch
    {
        // The client left while it was in the queue (ECONNABORTED, ECONNRESET), or a pending network error of the new
        // connection, which accept(2) says to treat like EAGAIN on Linux.
        SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted or SocketError.WouldBlock
            or SocketError.NetworkDown or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.HostUnreachable
            or SocketError.ProtocolOption or SocketError.OperationNotSupported or SocketError.TimedOut
            or SocketError.NetworkReset or SocketError.AccessDenied => AcceptVerdict.Ignore,

        // EBADF, EINVAL, ENOTSOCK.
        SocketError.InvalidArgument or SocketError.NotSocket or SocketError.OperationAborted or SocketError.Shutdown
            or SocketError.NotInitialized => AcceptVerdict.Stop,

        // EMFILE, ENFILE, ENOBUFS, ENOMEM, and whatever else is new to us: waiting is never wrong.
        _ => AcceptVerdict.BackOff,
    };
}
