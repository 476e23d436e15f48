using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;
using HaproxyImport;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>HAProxy and, from the same configuration, Edge, side by side: the same clients come to the same servers.</summary>
public sealed class ImportLikeHaproxySpecs : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly OddServer _web = OddServer.That(socket => Answer(socket, "web"));
    private readonly OddServer _api = OddServer.That(socket => Answer(socket, "api"));
    private readonly OddServer _rest = OddServer.That(socket => Answer(socket, "rest"));

    public void Dispose()
    {
        _folder.Dispose();
        _web.Dispose();
        _api.Dispose();
        _rest.Dispose();
    }

    [RequiresToolFact("haproxy")]
    public async Task The_same_hellos_lead_to_the_same_servers()
    {
        var at = Loopback.NextEndPoint();
        var config = Config(at);
        await using var haproxy = new BackgroundProcess(Tool.Locate("haproxy"), "-db", "-f", _folder.Write("haproxy.cfg", config));
        await Eventually.True(() => Loopback.IsListening(at) || haproxy.HasExited, () => $"haproxy does not listen: {haproxy.Err.Text}");
        Assert.False(haproxy.HasExited, haproxy.Err.Text);

        var edgeAt = Loopback.NextEndPoint();
        await using var edge = await EdgeUnderTest.Start(
            HaproxyImporter.Run([new ImportSource("haproxy.cfg", Config(edgeAt))], static _ => null, ImportVerb.Syntax).Hocon);
        Assert.Equal(edgeAt, edge.EndPoint);

        (string Client, byte[] Bytes, string Expected)[] clients =
        [
            ("a name", HelloBytes.ForName("web.test"), "web PROXY"),
            ("in capitals", HelloBytes.ForName("WEB.TEST"), "web PROXY"),
            ("another of its list", HelloBytes.ForName("www.web.test"), "web PROXY"),
            ("below a name", HelloBytes.ForName("a.b.api.test"), "api"),
            ("the name itself, which is not below it", HelloBytes.ForName("api.test"), "rest PROXY"),
            ("taken by an earlier rule", HelloBytes.ForName("web.api.test"), "api"),
            ("any other name", HelloBytes.ForName("nobody.test"), "rest PROXY"),
            ("no name", HelloBytes.WithoutExtensions(), "rest PROXY"),
            ("no TLS", "GET / HTTP/1.1\r\nHost: web.test\r\n\r\n"u8.ToArray(), "nothing"),
        ];
        foreach (var (client, bytes, expected) in clients)
        {
            Assert.Equal((client, expected), (client, await Seen(at, bytes)));
            Assert.Equal((client, expected), (client, await Seen(edge.EndPoint, bytes)));
        }
    }

    private string Config(IPEndPoint bind) => $$"""
        defaults
          mode tcp
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        frontend tls
          bind {{bind}}
          tcp-request inspect-delay 5s
          tcp-request content reject if !{ req_ssl_hello_type 1 }
          acl web req.ssl_sni -i web.test
          acl web req.ssl_sni -i www.web.test
          use_backend web if web
          use_backend api if { req.ssl_sni -i -m end .api.test }
          use_backend web if { req.ssl_sni -i web.api.test }
          default_backend rest
        backend web
          server s {{_web.EndPoint}} send-proxy-v2
        backend api
          server s {{_api.EndPoint}}
        backend rest
          server s {{_rest.EndPoint}} send-proxy

        """;

    /// <summary>The name of the server, and whether it was told of the client.</summary>
    private static async Task<string> Seen(IPEndPoint proxy, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(proxy);
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await socket.SendAsync(bytes, deadline.Token);
        var buffer = new byte[64];
        var length = 0;
        try
        {
            while (length < buffer.Length && await socket.ReceiveAsync(buffer.AsMemory(length), deadline.Token) is var got and > 0)
                length += got;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // What was rejected with bytes unread is reset.
        }
        return length == 0 ? "nothing" : Encoding.ASCII.GetString(buffer, 0, length);
    }

    private static async Task Answer(Socket socket, string name)
    {
        var buffer = new byte[4096];
        var length = await socket.ReceiveAsync(buffer);
        var told = buffer.AsSpan(0, length).StartsWith("PROXY "u8) || buffer.AsSpan(0, length).StartsWith("\r\n\r\n\0\r\nQUIT\n"u8);
        await socket.SendAsync(Encoding.ASCII.GetBytes(name + (told ? " PROXY" : "")));
        socket.Shutdown(SocketShutdown.Send);
        // HAProxy's header may have come alone, and a close with the hello unread would be a reset.
        await Client.ReadToEnd(socket);
    }
}
