using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>A health check's connection. Rare enough that every transport uses this one.</summary>
internal static class SocketProbe
{
    public static async Task<ConnectFailure?> Run(IPEndPoint server, ReadOnlyMemory<byte> hello, TimeSpan timeout, IPAddress? source, TimeProvider time)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        try
        {
            using var socket = OutgoingSocket.Open(server, source);
            await socket.ConnectAsync(server, deadline.Token);
            if (!hello.IsEmpty)
                await socket.SendAsync(hello, SocketFlags.None, deadline.Token);
            socket.Shutdown(SocketShutdown.Both);
            return null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return ConnectFailures.From(e);
        }
    }
}
