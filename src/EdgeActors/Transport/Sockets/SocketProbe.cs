using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>A health check's connection.</summary>
internal static class SocketProbe
{
    public static async Task<Socket> Connect(IPEndPoint server, IPAddress? source, CancellationToken cancel)
    {
        var socket = OutgoingSocket.Open(server, source);
        try
        {
            await socket.ConnectAsync(server, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
