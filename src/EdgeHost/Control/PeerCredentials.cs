using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Transport;

namespace EdgeHost.Control;

/// <summary>The process at the other end of a Unix socket, as the kernel has seen it (SO_PEERCRED, unix(7)).</summary>
internal static class PeerCredentials
{
    private const uint Root = 0;

    /// <summary>Whether the peer is the user of this process, or root. Where the kernel has no credentials, the file's mode decides alone.</summary>
    /// <param name="listener">Has the credentials of the process that listens on it: this one.</param>
    /// <param name="user">The peer's.</param>
    public static bool Allow(Socket listener, Socket peer, out uint user)
    {
        user = 0;
        if (!OperatingSystem.IsLinux())
            return true;
        user = UserOf(peer);
        return user == Root || user == UserOf(listener);
    }

    /// <summary>The peer's pid; 0 in another pid namespace, such as another container's.</summary>
    public static uint ProcessOf(Socket peer) => Of(peer).Process;

    private static uint UserOf(Socket socket) => Of(socket).User;

    /// <summary>struct ucred: pid, uid, gid.</summary>
    private static (uint Process, uint User) Of(Socket socket)
    {
        Span<uint> credentials = stackalloc uint[3];
        socket.GetRawSocketOption(Native.SolSocket, Native.SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (credentials[0], credentials[1]);
    }
}
