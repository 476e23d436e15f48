using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Which client is carried where, and what those get to see that are carried nowhere.</summary>
public sealed class RoutingSpecs : IDisposable
{
    private static readonly byte[] UnrecognizedName = [21, 3, 3, 0, 2, 2, 112];
    private static readonly byte[] Http = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nabcd"u8.ToArray();

    private readonly OddServer _own = Echo("own");
    private readonly OddServer _below = Echo("below");
    private readonly OddServer _rest = Echo("rest");

    public static TheoryData<string> Transports => ["epoll", "sockets"];

    public void Dispose()
    {
        _own.Dispose();
        _below.Dispose();
        _rest.Dispose();
    }

    [Fact]
    public async Task A_name_of_its_own_comes_before_the_longest_one_above_and_that_before_the_default()
    {
        await using var edge = await Edge("""
            routes { "a.test" = own, "*.test" = rest, "*.a.test" = below, "bücher.test" = own, "*.bücher.test" = below, "*" = rest }
            """);
        Assert.Equal("own", await Answer(edge, HelloBytes.ForName("A.test.")));
        Assert.Equal("below", await Answer(edge, HelloBytes.ForName("x.y.a.test")));
        Assert.Equal("rest", await Answer(edge, HelloBytes.ForName("b.test")));
        Assert.Equal("rest", await Answer(edge, HelloBytes.ForName("test")));
        Assert.Equal("own", await Answer(edge, HelloBytes.ForName("xn--bcher-kva.test")));
        Assert.Equal("below", await Answer(edge, HelloBytes.ForName("www.XN--BCHER-KVA.test")));
        await edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task The_first_protocol_that_has_a_backend_decides_and_without_any_the_default_does()
    {
        await using var edge = await Edge("""
            routes { "a.test" { default = own, "acme-tls/1" = below, h2 = rest }, "only.test" { "acme-tls/1" = below } }
            """);
        Assert.Equal("below", await Answer(edge, WithAlpn("a.test", "acme-tls/1")));
        Assert.Equal("rest", await Answer(edge, WithAlpn("a.test", "x", "h2", "acme-tls/1")));
        Assert.Equal("own", await Answer(edge, WithAlpn("a.test", "http/1.1")));
        Assert.Equal("own", await Answer(edge, HelloBytes.ForName("a.test")));
        Assert.Equal("below", await Answer(edge, WithAlpn("only.test", "acme-tls/1")));
        await edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task A_name_whose_protocols_are_not_offered_is_unknown()
    {
        await using var edge = await Edge("""routes { "only.test" { h2 = own }, "*" = rest }, listener-defaults.on-unknown-sni = close""");
        using var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(WithAlpn("only.test", "http/1.1"));
        Assert.Equal(0, (await ReadAll(socket))?.Length);
        Assert.Equal("UNKNOWN_SNI", (await edge.Closed(socket.LocalEndPoint!))["reason"]);
    }

    [RequiresToolFact("openssl")]
    public async Task An_acme_challenge_passes_through_to_the_one_who_answers_it()
    {
        const string Name = "acme.test";
        var pem = new TestCertificate(Name);
        using var ephemeral = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
        using var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        using var acme = OddServer.That(async socket =>
        {
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = certificate,
                ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
            });
            _ = tls.ReadByte();
        });
        await using var edge = await Edge(
            $$"""routes."{{Name}}" { default = own, "acme-tls/1" = acme }, backends.acme.servers = ["{{acme.EndPoint}}"]""");
        var seen = await Tool.Run("openssl", "s_client", "-connect", edge.EndPoint.ToString(), "-servername", Name, "-alpn", "acme-tls/1");
        Assert.Contains("ALPN protocol: acme-tls/1", seen.ShouldSucceed().Out, StringComparison.Ordinal);
        Assert.Equal(pem.Fingerprint, TestCertificate.FingerprintOf(seen.Out));
    }

    [RequiresToolFact("openssl")]
    public async Task Openssl_reports_the_alert_unrecognized_name()
    {
        await using var edge = await Edge("""routes."a.test" = own, listener-defaults { on-unknown-sni = alert, on-no-sni = alert }""");
        foreach (var name in (string[][])[["-servername", "unknown.test"], ["-noservername"]])
        {
            var seen = await Tool.Run("openssl", ["s_client", "-connect", edge.EndPoint.ToString(), .. name]);
            Assert.NotEqual(0, seen.ExitCode);
            Assert.Contains("unrecognized name", seen.Err, StringComparison.Ordinal);
            Assert.Contains("SSL alert number 112", seen.Err, StringComparison.Ordinal);
        }
        await edge.ShouldHoldNothing();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Each_kind_of_client_without_a_route_gets_to_see_its_own_policy(string transport)
    {
        await using var edge = await Edge($$"""
            routes."a.test" = own
            listeners { other { bind = "127.0.0.1:0", on-no-sni = close, on-unknown-sni = reset, on-not-tls = reset } }
            listener-defaults { on-no-sni = reset, on-unknown-sni = alert, on-not-tls = close }
            transport.kind = {{transport}}
            """);
        await Seen(0, HelloBytes.WithoutExtensions(), "NO_SNI", "reset");
        await Seen(0, HelloBytes.ForName("unknown.test"), "UNKNOWN_SNI", "alert");
        await Seen(0, HelloBytes.ForName("127.0.0.1"), "INVALID_SNI", "alert");
        await Seen(0, Http, "NOT_TLS", "");
        await Seen(1, HelloBytes.WithoutExtensions(), "NO_SNI", "");
        await Seen(1, HelloBytes.ForName("unknown.test"), "UNKNOWN_SNI", "reset");
        await Seen(1, HelloBytes.ForName("127.0.0.1"), "INVALID_SNI", "reset");
        await Seen(1, Http, "NOT_TLS", "reset");
        await edge.ShouldHoldNothing();

        async Task Seen(int listener, byte[] bytes, string reason, string end)
        {
            using var socket = await Client.Connect(edge.Listener(listener));
            await socket.SendAsync(bytes);
            var read = await ReadAll(socket);
            Assert.Equal(
                (reason, end),
                (
                    reason,
                    read is null ? "reset" : read.AsSpan().SequenceEqual(UnrecognizedName) ? "alert" : Encoding.ASCII.GetString(read)));
            var line = await edge.Closed(socket.LocalEndPoint!);
            Assert.Equal((reason, "PR", "-/<NOSRV>"), (line["reason"], line["ts"], line["server"]));
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_policy_may_carry_each_kind_of_client_unchanged_to_a_backend(string transport)
    {
        await using var edge = await Edge($$"""
            routes."a.test" = own
            listener-defaults {
              on-no-sni.route = below, on-unknown-sni.route = rest, on-not-tls { route = own }
              on-malformed.route = below, on-too-large.route = rest
              max-hello-size = 1KiB
            }
            transport.kind = {{transport}}
            """);
        Assert.Equal("below", await Answer(edge, HelloBytes.WithoutExtensions()));
        Assert.Equal("rest", await Answer(edge, HelloBytes.ForName("unknown.test")));
        Assert.Equal("rest", await Answer(edge, HelloBytes.ForName("127.0.0.1")));
        Assert.Equal("own", await Answer(edge, Http));
        Assert.Equal("own", await Answer(edge, "S"u8.ToArray()));
        Assert.Equal("below", await Answer(edge, [22, 3, 1, 0, 4, 1, 0, 0, 0]));
        Assert.Equal(
            "rest", await Answer(edge, HelloBytes.With(HelloBytes.ServerName("a.test"u8), HelloBytes.Extension(21, new byte[1024]))));
        await edge.ShouldHoldNothing();
        Assert.All(edge.Log.Lines.Where(line => LogLine.Is(line, "CLOSE")), line => Assert.Equal("FINISHED", new LogLine(line)["reason"]));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_silent_client_reaches_a_server_that_speaks_first(string transport)
    {
        await using var edge = await Edge($$"""
            routes."a.test" = rest
            listener-defaults { hello-timeout = 100ms, on-silent.route = own }
            transport.kind = {{transport}}
            """);
        foreach (var first in (string[])["", "\u0016\u0003"])
        {
            using var socket = await Client.Connect(edge.EndPoint);
            await socket.SendAsync(Encoding.ASCII.GetBytes(first));
            Assert.Equal("own:" + first, await Read(socket, 4 + first.Length));
            await socket.SendAsync("EHLO"u8.ToArray());
            Assert.Equal("EHLO", await Read(socket, 4));
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("FINISHED", (await edge.Closed(socket.LocalEndPoint!))["reason"]);
        }
        await edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task A_listener_has_routes_of_its_own_and_a_name_is_refused_beside_a_wildcard()
    {
        await using var edge = await Edge("""
            routes { "*.test" = own, "inside.test" { refuse = alert } }
            listeners.inside { bind = "127.0.0.1:0", routes { "inside.test" = rest } }
            """);
        Assert.Equal("own", await Answer(edge, HelloBytes.ForName("www.test")));
        using var refused = await Client.Connect(edge.EndPoint);
        await refused.SendAsync(HelloBytes.ForName("inside.test"));
        Assert.Equal(UnrecognizedName, await ReadAll(refused));
        Assert.Equal("SNI_REFUSED", (await edge.Closed(refused.LocalEndPoint!))["reason"]);
        using var inside = await Client.Connect(edge.Listener(1));
        await inside.SendAsync(HelloBytes.ForName("inside.test"));
        Assert.Equal("rest:", await Read(inside, 5));
        using var unknown = await Client.Connect(edge.Listener(1));
        await unknown.SendAsync(HelloBytes.ForName("www.test"));
        Assert.Equal("UNKNOWN_SNI", (await edge.Closed(unknown.LocalEndPoint!))["reason"]);
    }

    [Fact]
    public async Task A_hello_with_ech_goes_by_its_outer_name_and_the_log_says_so()
    {
        await using var edge = await Edge("""routes."public.test" = own""");
        var name = HelloBytes.ServerName("public.test"u8);
        Assert.Equal("own", await Answer(edge, HelloBytes.With(name, HelloBytes.Extension(0xfe0d, new byte[40]))));
        Assert.Equal("own", await Answer(edge, HelloBytes.With(name)));
        await edge.ShouldHoldNothing();
        // Lines are written together, some time after the connections are gone.
        await Eventually.True(() => edge.Log.Lines.Count(line => LogLine.Is(line, "CLOSE")) == 2, () => edge.Log.Text);
        var closed = edge.Log.Lines.Where(line => LogLine.Is(line, "CLOSE")).ToArray();
        // Two reactors may carry them, so their lines come in any order.
        Assert.Single(closed, line => line.Contains(" sni=public.test ech=1 server=own/", StringComparison.Ordinal));
        Assert.Single(closed, line => line.Contains(" sni=public.test server=own/", StringComparison.Ordinal));
    }

    private static byte[] WithAlpn(string name, params string[] protocols) =>
        HelloBytes.With(HelloBytes.ServerName(Encoding.ASCII.GetBytes(name)), HelloBytes.Alpn(protocols));

    /// <summary>Says its name, then sends back all that it was sent.</summary>
    private static OddServer Echo(string name) => OddServer.That(async socket =>
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(name + ":"));
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer) is var got and > 0)
            await socket.SendAsync(buffer.AsMemory(0, got));
    });

    private Task<EdgeUnderTest> Edge(string more) => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          listener-defaults.rate-limit = off
          backend-defaults { proxy-protocol = off, health { enabled = off } }
          backends {
            own { servers = ["{{_own.EndPoint}}"] }
            below { servers = ["{{_below.EndPoint}}"] }
            rest { servers = ["{{_rest.EndPoint}}"] }
          }
          {{more}}
        }
        """);

    /// <summary>Who answers; that it was sent exactly these bytes is asserted.</summary>
    private static async Task<string> Answer(EdgeUnderTest edge, byte[] bytes)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(bytes);
        socket.Shutdown(SocketShutdown.Send);
        var answer = await ReadAll(socket);
        Assert.NotNull(answer);
        var colon = Array.IndexOf(answer, (byte)':');
        Assert.Equal(bytes, answer[(colon + 1)..]);
        return Encoding.ASCII.GetString(answer, 0, colon);
    }

    private static async Task<string> Read(Socket socket, int count)
    {
        using var stream = new NetworkStream(socket);
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Eventually.Deadline);
        return Encoding.ASCII.GetString(bytes);
    }

    /// <summary>All up to the FIN; null if it is a reset.</summary>
    private static async Task<byte[]?> ReadAll(Socket socket)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var all = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, deadline.Token) is var got and > 0)
                all.AddRange(buffer.AsSpan(0, got));
            return [.. all];
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }
}
