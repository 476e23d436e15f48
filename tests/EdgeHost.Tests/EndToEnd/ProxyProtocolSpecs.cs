using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>The PROXY protocol with the programs that people have: as backends behind Edge, and as balancers ahead of it.</summary>
public sealed class ProxyProtocolSpecs
{
    private const string Name = "site.test";

    [RequiresToolFact("nginx", "curl")]
    public async Task Nginx_reads_version_1()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Edge(nginx.EndPoint, "proxy-protocol = v1");
        var (body, client) = await Curl(edge.EndPoint, "/who");
        Assert.Equal($"nginx sees {client}\n", body);
    }

    [RequiresToolFact("haproxy", "curl")]
    public async Task Haproxy_reads_version_1()
    {
        await using var haproxy = await HaproxyBackend.Start(Name);
        await using var edge = await Edge(haproxy.EndPoint, "proxy-protocol = v1");
        var (body, client) = await Curl(edge.EndPoint, "/");
        Assert.Equal($"haproxy sees {client}\n", body);
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task Nginx_reads_past_all_fields()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Edge(nginx.EndPoint, "proxy-tlvs = [authority, alpn, unique-id, crc32c]");
        var (body, client) = await Curl(edge.EndPoint, "/who");
        Assert.Equal($"nginx sees {client}\n", body);
    }

    /// <summary>HAProxy closes a connection whose checksum is wrong, so an answer says that it is right.</summary>
    [RequiresToolFact("haproxy", "curl")]
    public async Task Haproxy_checks_the_checksum_and_logs_name_and_id_of_the_fields()
    {
        await using var haproxy = await HaproxyBackend.Start(
            Name, "log-format \"%ci:%cp name=%[fc_pp_authority] id=%[fc_pp_unique_id]\"");
        await using var edge = await Edge(haproxy.EndPoint, "proxy-tlvs = [authority, alpn, unique-id, crc32c]");
        var (body, client) = await Curl(edge.EndPoint, "/");
        Assert.Equal($"haproxy sees {client}\n", body);
        var closed = await edge.Log.WaitFor(
            line => line.Contains("CLOSE", StringComparison.Ordinal) && line.Contains(client, StringComparison.Ordinal), client);
        var id = closed.Split(' ').Single(word => word.StartsWith("unique_id=", StringComparison.Ordinal))["unique_id=".Length..];
        await haproxy.Log.WaitFor($"{client} name={Name} id={id}");
    }

    [Fact]
    public async Task The_first_protocol_that_the_client_offers_is_the_one_that_is_told()
    {
        var seen = new TaskCompletionSource<byte[]>();
        using var server = OddServer.That(async socket =>
        {
            var buffer = new byte[2048];
            var got = await socket.ReceiveAsync(buffer);
            seen.TrySetResult(buffer[..got]);
        });
        await using var edge = await Edge(server.EndPoint, "proxy-tlvs = [alpn], health.enabled = off");
        using var client = await Client.Connect(edge.EndPoint);
        await using var tls = new System.Net.Security.SslStream(new NetworkStream(client));
        _ = tls.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions
        {
            TargetHost = Name,
            ApplicationProtocols = [new("h3-nonsense"), new("h2")],
        }).ContinueWith(static failed => failed.Exception, TaskScheduler.Default);
        var header = await seen.Task.WaitAsync(Eventually.Deadline);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.Read(header, out var read));
        Assert.Equal("\u0001\0\u000bh3-nonsense", Encoding.Latin1.GetString(header[28..read.Length]));
        Assert.Equal(0x16, header[read.Length]);
    }

    [RequiresToolFact("nginx", "haproxy", "curl")]
    public async Task An_edge_behind_haproxy_passes_on_the_client_that_haproxy_names()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Trusting(nginx.EndPoint);
        await using var front = await Front.Haproxy(edge.EndPoint, "send-proxy-v2 proxy-v2-options crc32c,authority,unique-id");
        var (body, client) = await Curl(front.EndPoint, "/who");
        Assert.Equal($"nginx sees {client}\n", body);
        await edge.Log.WaitFor(line => LogLine.Is(line, "ACCEPT", IPEndPoint.Parse(client)), $"ACCEPT {client}");
        Assert.Equal("FINISHED", (await edge.Closed(IPEndPoint.Parse(client)))["reason"]);
        await edge.ShouldHoldNothing();
    }

    [RequiresToolFact("haproxy", "curl")]
    public async Task An_edge_behind_haproxy_passes_on_its_id_on_request_and_the_checksum_is_right()
    {
        await using var haproxy = await HaproxyBackend.Start(Name, "log-format \"%ci:%cp id=%[fc_pp_unique_id]\"");
        await using var edge = await Trusting(haproxy.EndPoint, backend: "proxy-tlvs { send = [unique-id, crc32c], pass = [unique-id] }");
        await using var front = await Front.Haproxy(edge.EndPoint, "send-proxy-v2 proxy-v2-options crc32c,unique-id");
        var (_, client) = await Curl(front.EndPoint, "/");
        await haproxy.Log.WaitFor($"{client} id={client.Replace(':', '-')}");
    }

    [RequiresToolFact("nginx", "haproxy", "curl")]
    public async Task An_edge_behind_haproxy_reads_version_1_too()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Trusting(nginx.EndPoint, "sockets");
        await using var front = await Front.Haproxy(edge.EndPoint, "send-proxy");
        var (body, client) = await Curl(front.EndPoint, "/who");
        Assert.Equal($"nginx sees {client}\n", body);
    }

    /// <summary>nginx as a balancer speaks version 1; haproxy as the backend shows that Edge makes version 2 of it.</summary>
    [RequiresToolFact("nginx", "haproxy", "curl")]
    public async Task An_edge_behind_nginx_passes_on_the_client_that_nginx_names()
    {
        await using var haproxy = await HaproxyBackend.Start(Name);
        await using var edge = await Trusting(haproxy.EndPoint);
        await using var front = await Front.Nginx(edge.EndPoint);
        var (body, client) = await Curl(front.EndPoint, "/");
        Assert.Equal($"haproxy sees {client}\n", body);
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task The_limit_counts_the_clients_that_a_trusted_peer_names(string transport)
    {
        using var server = OddServer.That(static async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            socket.Shutdown(SocketShutdown.Both);
        });
        await using var edge = await Trusting(server.EndPoint, transport, "rate-limit { limit = 2, per = 10m, expire = 20m }");
        for (var host = 1; host <= 2; host++)
        {
            for (var i = 1; i <= 2; i++)
                Assert.Equal("FINISHED", await Ended(edge, $"203.0.113.{host}:{i}"));
            Assert.Equal("RATE_LIMITED", await Ended(edge, $"203.0.113.{host}:9"));
        }
    }

    [Theory]
    [InlineData("epoll")]
    [InlineData("sockets")]
    public async Task Whoever_is_not_trusted_cannot_name_a_client(string transport)
    {
        using var server = OddServer.That(static socket => Task.CompletedTask);
        await using var edge = await Trusting(server.EndPoint, transport);
        using var liar = await Client.Connect(edge.EndPoint, "127.0.0.2");
        await liar.SendAsync(Header("203.0.113.1:1"));
        Assert.Equal("PROXY_UNTRUSTED", (await edge.Closed(liar.LocalEndPoint!))["reason"]);

        using var silent = await Client.Connect(edge.EndPoint);
        await silent.SendAsync("\x16\x03\x01"u8.ToArray());
        Assert.Equal("PROXY_MISSING", (await edge.Closed(silent.LocalEndPoint!))["reason"]);
        Assert.Equal(0, await Client.ReadToEnd(silent));

        using var wrong = await Client.Connect(edge.EndPoint);
        await wrong.SendAsync("PROXY TCP4 1.2.3.4\r\n"u8.ToArray());
        var closed = await edge.Closed(wrong.LocalEndPoint!);
        Assert.Equal(("PROXY_MALFORMED", "PR"), (closed["reason"], closed["ts"]));
        await edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task Whoever_is_not_trusted_is_a_client_as_ever()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Trusting(nginx.EndPoint);
        (await Client.Get(edge.EndPoint, Name, "/who", "127.0.0.2")).ShouldBeFine();
    }

    private static byte[] Header(string client)
    {
        var header = new byte[ProxyHeaderV2.MaxLength];
        return header[..ProxyHeaderV2.Write(header, IPEndPoint.Parse(client), IPEndPoint.Parse("203.0.113.200:443"))];
    }

    /// <summary>A hello with a header ahead of it, then FIN; what the log gives as the reason for the end.</summary>
    private static async Task<string> Ended(EdgeUnderTest edge, string client)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        byte[] extension = [
            0, 0, 0, (byte)(Name.Length + 5), 0, (byte)(Name.Length + 3), 0, 0, (byte)Name.Length, .. Encoding.ASCII.GetBytes(Name)
        ];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, 0, (byte)extension.Length, .. extension];
        byte[] message = [1, 0, 0, (byte)body.Length, .. body];
        byte[] hello = [0x16, 3, 1, 0, (byte)message.Length, .. message];
        await socket.SendAsync((byte[])[.. Header(client), .. hello]);
        socket.Shutdown(SocketShutdown.Send);
        var closed = await edge.Closed(IPEndPoint.Parse(client));
        return closed["reason"];
    }

    private static Task<EdgeUnderTest> Edge(IPEndPoint server, string backend) => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "{{Name}}" = web }
          backends { web { servers = ["{{server}}"], {{backend}} } }
        }
        """);

    /// <summary>One that trusts 127.0.0.1 alone.</summary>
    private static Task<EdgeUnderTest> Trusting(
        IPEndPoint server, string transport = "auto", string listener = "", string backend = "") => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", accept-proxy { from = ["127.0.0.1"] }, {{listener}} } }
          routes { "{{Name}}" = web }
          backends { web { servers = ["{{server}}"], health.enabled = off, {{backend}} } }
          transport.kind = {{transport}}
          silent-drop.hold = 100ms
          # A machine that is busy with other things must not have the limiter be given up on.
          admission-timeout = 30s
        }
        """);

    private static async Task<(string Body, string Client)> Curl(IPEndPoint at, string path)
    {
        var done = await Tool.Run(
            "curl", "--silent", "--show-error", "--fail", "--insecure", "--resolve", $"{Name}:{at.Port}:{at.Address}",
            "--write-out", "%{stderr}%{local_ip}:%{local_port}", $"https://{Name}:{at.Port}{path}");
        return (done.ShouldSucceed().Out, done.Err.Trim());
    }
}
