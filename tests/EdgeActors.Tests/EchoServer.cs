using System.Net;
using System.Net.Sockets;
using EdgeActors.Protocol;

namespace EdgeActors.Tests;

/// <summary>Sends everything back; behind a PROXY v2 header, which it reads first, or from the first byte on.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly Socket _socket;
    private readonly bool _readsHeader;

    /// <param name="at">Null: loopback.</param>
    public EchoServer(bool readsHeader, UnixServer? at = null)
    {
        _readsHeader = readsHeader;
        _socket = at?.Bind().Socket ?? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (at is null)
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen(512);
        _ = Run();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public void Dispose() => _socket.Dispose();

    private async Task Run()
    {
        try
        {
            while (true)
                _ = Echo(await _socket.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Echo(Socket client)
    {
        using (client)
        {
            try
            {
                var buffer = new byte[8192];
                if (_readsHeader && !await ReadHeader(client, buffer))
                    return;
                int n;
                while ((n = await client.ReceiveAsync(buffer.AsMemory())) > 0)
                    await client.SendAsync(buffer.AsMemory(0, n));
                client.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // A test that breaks connections breaks them here, too.
            }
        }
    }

    /// <summary>Sends back what came behind the header.</summary>
    /// <returns>False: the connection ended before.</returns>
    private static async Task<bool> ReadHeader(Socket client, byte[] buffer)
    {
        var length = 0;
        ProxyHeader header;
        while (ProxyHeaderReader.ReadV2(buffer.AsSpan(0, length), out header) == ProxyHeaderStatus.Incomplete)
        {
            var got = await client.ReceiveAsync(buffer.AsMemory(length));
            if (got == 0)
                return false;
            length += got;
        }
        await client.SendAsync(buffer.AsMemory(header.Length, length - header.Length));
        return true;
    }
}
