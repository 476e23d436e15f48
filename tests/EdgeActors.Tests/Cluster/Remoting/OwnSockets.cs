using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>This process's own TCP connections, found in /proc/self/fd: whoever has them does not know that they are about to be cut.</summary>
internal static class OwnSockets
{
    /// <summary>Never disposed of, nor finalized: the descriptors are someone else's.</summary>
    private static readonly List<Socket> Kept = [];

    public static void CutTo(IPEndPoint peer)
    {
        foreach (var link in Directory.GetFiles("/proc/self/fd"))
        {
            try
            {
                if (File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name.StartsWith("socket:", StringComparison.Ordinal) != true)
                    continue;
                var socket = new Socket(new SafeSocketHandle(int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture), ownsHandle: false));
                Kept.Add(socket);
                if (peer.Equals(socket.RemoteEndPoint))
                    socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // One that listens, is of another kind, or has gone meanwhile.
            }
        }
    }
}
