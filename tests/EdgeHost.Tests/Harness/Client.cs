using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace EdgeHost.Tests.Harness;

/// <summary>Clients made of sockets, for what no ordinary client does, and to know one's own port.</summary>
internal static class Client
{
    public static async Task<Socket> Connect(IPEndPoint edge, string source = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
            await socket.ConnectAsync(edge);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Handshakes and hands over the stream; the certificate is taken as it comes.</summary>
    public static async Task<SslStream> Tls(Socket socket, string serverName)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = serverName, RemoteCertificateValidationCallback = static (_, _, _, _) => true },
            deadline.Token);
        return tls;
    }

    /// <summary>One GET over a connection of its own.</summary>
    public static async Task<Reply> Get(IPEndPoint edge, string serverName, string path = "/", string source = "127.0.0.1")
    {
        var socket = await Connect(edge, source);
        var self = socket.LocalEndPoint!;
        await using var tls = await Tls(socket, serverName);
        await Ask(tls, serverName, path);
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        using var reader = new StreamReader(tls, Encoding.Latin1);
        var text = await reader.ReadToEndAsync(deadline.Token);
        return new Reply((IPEndPoint)self, TestCertificate.FingerprintOf(tls.RemoteCertificate!), text);
    }

    public static async Task Ask(SslStream tls, string serverName, string path) =>
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {serverName}\r\nConnection: close\r\n\r\n"));

    /// <summary>
    /// Of a client that was dropped silently: neither a byte nor a FIN came. When its socket was let go, a reset may have: on the loopback
    /// there is no router at which it dies.
    /// </summary>
    public static void ShouldHaveHeardNothing(Socket socket, bool notEvenAReset = false)
    {
        socket.Blocking = false;
        var heard = Assert.Throws<SocketException>(() => { socket.Receive(new byte[1]); }).SocketErrorCode;
        Assert.True(
            heard == SocketError.WouldBlock || (heard == SocketError.ConnectionReset && !notEvenAReset), $"the client heard {heard}");
    }

    /// <summary>Sends, and waits until all of it has come back.</summary>
    public static async Task Exchange(Socket socket, byte[] bytes)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await socket.SendAsync(bytes, deadline.Token);
        var got = new byte[bytes.Length];
        for (var length = 0; length < got.Length;)
        {
            var more = await socket.ReceiveAsync(got.AsMemory(length), deadline.Token);
            Assert.True(more > 0, $"the end after {length} of {got.Length} bytes");
            length += more;
        }
        Assert.Equal(bytes, got);
    }

    /// <summary>Reads until the other side ends it, in whatever way; says how many bytes came.</summary>
    public static async Task<int> ReadToEnd(Socket socket)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var buffer = new byte[4096];
        var total = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer, deadline.Token) is var got and > 0)
                total += got;
        }
        catch (SocketException)
        {
            // A reset ends it, too.
        }
        return total;
    }
}

/// <param name="Self">The client's own address, as the backend should see it.</param>
/// <param name="Fingerprint">Of the certificate that the client saw.</param>
/// <param name="Text">Status line, headers and body.</param>
internal sealed record Reply(IPEndPoint Self, string Fingerprint, string Text)
{
    public void ShouldBeFine()
    {
        Assert.StartsWith("HTTP/1.1 200 ", Text);
        Assert.Contains(Self.ToString(), Text);
    }
}
