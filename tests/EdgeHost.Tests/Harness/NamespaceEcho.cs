using System.Net;
using System.Net.Sockets;

namespace EdgeHost.Tests.Harness;

/// <summary>A backend inside a network namespace that sends everything back.</summary>
internal sealed class NamespaceEcho : IDisposable
{
    private readonly Socket _listener;

    /// <param name="at">Null: on the loopback, at a port of the kernel's.</param>
    public NamespaceEcho(string place, IPEndPoint? at = null)
    {
        _listener = NetworkNamespaces.In(place, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(at ?? new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen(512);
            return socket;
        });
        _ = Accept();
    }

    /// <summary>As seen from there.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public void Dispose() => _listener.Dispose();

    private async Task Accept()
    {
        try
        {
            while (true)
                _ = Echo(await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task Echo(Socket client)
    {
        using (client)
        {
            try
            {
                var buffer = new byte[4096];
                while (await client.ReceiveAsync(buffer) is var got and > 0)
                    await client.SendAsync(buffer.AsMemory(0, got));
            }
            catch (SocketException)
            {
                // The test ends connections as it likes.
            }
        }
    }
}
