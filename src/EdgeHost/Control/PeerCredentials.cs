using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeHost.Control;

/// <summary>Who is at the other end of a Unix socket (SO_PEERCRED, unix(7)): as the kernel has seen it, so it cannot be pretended.</summary>
internal static class PeerCredentials
{
    private const int SolSocket = 1, SoPeerCred = 17;

    private const uint Root = 0;

    /// <summary>Whether the peer is the user that this process runs as, or root. Where the kernel does not tell, the file's mode has decided.</summary>
    /// <param name="listener">Knows the credentials of the process that has begun to listen on it: this one's.</param>
    /// <param name="user">The peer's.</param>
    public static bool Allow(Socket listener, Socket peer, out uint user)
    {
        user = 0;
        if (!OperatingSystem.IsLinux())
            return true;
        user = UserOf(peer);
        return user == Root || user == UserOf(listener);
    }

    /// <summary>The number of the process that listens at the other end; 0 for one that is not to be seen from here, as in another container.</summary>
    public static uint ProcessOf(Socket peer) => Of(peer).Process;

    private static uint UserOf(Socket socket) => Of(socket).User;

    /// <summary>struct ucred: pid, uid, gid.</summary>
    private static (uint Process, uint User) Of(Socket socket)
    {
        Span<uint> credentials = stackalloc uint[3];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (credentials[0], credentials[1]);
    }
}
