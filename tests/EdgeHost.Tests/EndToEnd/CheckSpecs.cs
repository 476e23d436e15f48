using System.Net;
using System.Net.Sockets;
using EdgeActors.Routing;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>What each kind of check finds out about the servers that people have, and what comes of it.</summary>
public sealed class CheckSpecs
{
    private const string Name = "web.test";
    /// <summary>And with time for each on a machine that is busy with other specs: one that is late would be down for another
    /// cause.</summary>
    private const string Often = "interval = 2s, timeout = 2s, fast-interval = 100ms";

    /// <summary>After the first check none comes by itself.</summary>
    private const string Once = "interval = 1h, fast-interval = 1h";

    [RequiresToolFact("nginx")]
    public async Task An_https_check_takes_nginx_down_when_it_answers_500_and_brings_it_back()
    {
        await using var nginx = await NginxBackend.Start(Name);
        // Time for a handshake on a machine that is busy with other specs.
        await using var edge = await Edge(
            nginx.EndPoint,
            $"check = https, interval = 2s, timeout = 2s, fast-interval = 200ms, initial = down, sni = {Name}, http.path = \"/check\"");
        await edge.Log.WaitFor($"server web/s1 ({nginx.EndPoint}) is UP: 2 of 2 checks succeeded (L7OK 204)");
        await edge.Log.WaitFor("its certificate expires in 0 day(s)");
        Assert.NotNull(Status(edge).CertificateExpires);

        await File.WriteAllTextAsync(nginx.ServedFile("broken"), "");
        await edge.Log.WaitFor("is DOWN: L7STS 500 (3 of 3 failed)");
        Assert.Equal((false, CheckStatus.L7Status, 500), (Status(edge).Up, Status(edge).Last.Status, Status(edge).Last.HttpStatus));
        Assert.Equal("NO_SERVER", await ReasonFor(edge));

        File.Delete(nginx.ServedFile("broken"));
        await Eventually.True(() => Status(edge).Up, () => $"it did not rise again:\n{edge.Log.Text}");
        (await Client.Get(edge.EndPoint, Name, "/who")).ShouldBeFine();
        Assert.Equal(1, edge.Log.Lines.Count(line => line.Contains("is DOWN", StringComparison.Ordinal)));
        Assert.Equal(1, edge.Log.Lines.Count(line => line.Contains("its certificate expires", StringComparison.Ordinal)));
    }

    [RequiresToolFact("haproxy")]
    public async Task Haproxy_takes_checks_that_come_as_proxied_connections()
    {
        await using var haproxy = await HaproxyBackend.Start(Name);
        await using var edge = await Edge(
            haproxy.EndPoint, "check = https, send-proxy = proxy, interval = 2s, fast-interval = 200ms, initial = down");
        await edge.Log.WaitFor("is UP: 2 of 2 checks succeeded (L7OK 200)");
        // Where LOCAL would show, a check has the address that haproxy knows it by anyway; the header itself is a spec of ServerCheck.
        await haproxy.Log.WaitFor("127.0.0.1:");
        Assert.DoesNotContain("PROXY", haproxy.Log.Text);
    }

    [RequiresToolFact("openssl")]
    public async Task A_tls_check_says_the_name_that_openssl_insists_on()
    {
        using var folder = new TestFolder();
        var certificate = new TestCertificate(Name);
        var endPoint = Loopback.NextEndPoint();
        await using var openssl = new BackgroundProcess(
            Tool.Locate("openssl"), "s_server", "-accept", endPoint.ToString(), "-cert", folder.Write("a.crt", certificate.Certificate),
            "-key", folder.Write("a.key", certificate.Key), "-servername", Name, "-servername_fatal", "-cert2", folder.File("a.crt"), "-key2", folder.File("a.key"), "-www");
        await Eventually.True(
            () => Loopback.IsListening(endPoint) || openssl.HasExited, () => $"openssl does not listen: {openssl.Err.Text}");
        Assert.False(openssl.HasExited, openssl.Err.Text);

        await using var right = await Edge(
            endPoint, $"check = tls, send-proxy = off, sni = {Name}, interval = 2s, fast-interval = 200ms, initial = down");
        await right.Log.WaitFor("is UP: 2 of 2 checks succeeded (L6OK)");
        await using var wrong = await Edge(endPoint, "check = tls, send-proxy = off, sni = other.test, interval = 2s");
        await wrong.Log.WaitFor("is DOWN: L6RSP");
    }

    [Theory]
    [InlineData("tls", "L6RSP no handshake")]
    [InlineData("http", "L7RSP no HTTP response")]
    [InlineData("tcp", null)]
    public async Task A_server_that_speaks_something_else_is_down_for_a_check_that_listens(string check, string? cause)
    {
        using var server = OddServer.That(async socket =>
        {
            await socket.ReceiveAsync(new byte[2048]);
            await socket.SendAsync("220 mail ESMTP, which is neither TLS nor HTTP\r\n"u8.ToArray());
            await Client.ReadToEnd(socket);
        });
        await using var edge = await Edge(
            server.EndPoint, $"{Often}, check = {check}, send-proxy = off, initial = {(cause is null ? "down" : "up")}");
        await edge.Log.WaitFor(cause is null ? "is UP: 2 of 2 checks succeeded (L4OK)" : $"is DOWN: {cause}");
    }

    [Theory]
    [InlineData("tcp", true, "L4TOUT")]
    [InlineData("tls", false, "L6TOUT")]
    [InlineData("http", false, "L7TOUT")]
    [InlineData("https", false, "L6TOUT")]
    public async Task A_server_that_hangs_is_down_when_the_checks_time_is_over(string check, bool doesNotAnswer, string status)
    {
        using var server = doesNotAnswer ? OddServer.ThatDoesNotAnswer() : OddServer.That(Client.ReadToEnd);
        // Long enough for the connection to be there on a busy machine, or the check has another layer's name.
        await using var edge = await Edge(server.EndPoint, $"check = {check}, interval = 1s, timeout = 1s");
        await edge.Log.WaitFor($"is DOWN: {status} timed out");
        Assert.True(Status(edge).Last.Duration >= TimeSpan.FromMilliseconds(980), $"{Status(edge).Last.Duration}");
    }

    [Fact]
    public async Task An_ipv6_server_is_checked_as_any_other()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        await using var edge = await Edge((IPEndPoint)listener.LocalEndPoint!, $"{Often}, initial = down");
        await edge.Log.WaitFor("is UP: 2 of 2 checks succeeded (L4OK)");
        Assert.Equal(AddressFamily.InterNetworkV6, edge.Node.State.Routes.Current.Backends.Single().Servers[0].EndPoint.AddressFamily);
    }

    [RequiresToolFact("nginx")]
    public Task A_server_that_falls_resets_its_connections_where_that_is_wanted() => Falls("auto", "shutdown-sessions");

    [RequiresToolFact("nginx")]
    public Task It_does_so_on_the_portable_transport_too() => Falls("sockets", "shutdown-sessions");

    [RequiresToolFact("nginx")]
    public Task A_server_that_falls_keeps_its_connections_otherwise() => Falls("auto", "keep");

    private static async Task Falls(string transport, string onMarkedDown)
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Edge(
            nginx.EndPoint,
            $"check = https, http.path = \"/check\", interval = 2s, timeout = 2s, fast-interval = 200ms, initial = down, on-marked-down = {onMarkedDown}",
            transport);
        await edge.Log.WaitFor("is UP");
        using var socket = await Client.Connect(edge.EndPoint);
        var self = socket.LocalEndPoint!;
        await using var tls = await Client.Tls(socket, Name);

        await File.WriteAllTextAsync(nginx.ServedFile("broken"), "");
        await edge.Log.WaitFor("is DOWN");
        if (onMarkedDown == "keep")
        {
            await Client.Ask(tls, Name, "/who");
            using var reader = new StreamReader(tls);
            Assert.StartsWith("HTTP/1.1 200 ", await reader.ReadToEndAsync());
            await tls.DisposeAsync();
            Assert.Equal("FINISHED", (await edge.Closed(self))["reason"]);
            return;
        }
        var reset = await Assert.ThrowsAsync<IOException>(async () => await tls.ReadExactlyAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(reset.InnerException).SocketErrorCode);
        var closed = await edge.Closed(self);
        Assert.Equal(("SERVER_DOWN", "DD", "web/s1"), (closed["reason"], closed["ts"], closed["server"]));
        await edge.Log.WaitFor("its 1 connection(s) are closed");
        await edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx")]
    public async Task Connections_that_are_not_taken_mark_a_server_down_at_the_limit_and_not_before()
    {
        await using var nginx = await NginxBackend.Start(Name);
        await using var edge = await Edge(
            nginx.EndPoint, $"{Once}, observe = connect, error-limit = 3, on-error = mark-down", backend: "retries = 0");
        await Eventually.True(() => Status(edge).ChecksPassed == 1, () => $"no check:\n{edge.Log.Text}");

        // Two in a row, one that is taken, two in a row: never three.
        await nginx.Stop();
        await Refused(edge, 2);
        await nginx.Start();
        (await Client.Get(edge.EndPoint, Name, "/who")).ShouldBeFine();
        await nginx.Stop();
        await Refused(edge, 2);
        Assert.True(Status(edge).Up, edge.Log.Text);

        await Refused(edge, 1);
        await edge.Log.WaitFor($"server web/s1 ({nginx.EndPoint}) is DOWN: HANA 3 connection(s) in a row not taken, the last one refused");
        Assert.Equal("NO_SERVER", await ReasonFor(edge));
        Assert.Equal(0, Status(edge).ChecksFailed);
    }

    private static async Task Refused(EdgeUnderTest edge, int times)
    {
        for (var i = 0; i < times; i++)
            Assert.Equal("CONNECT_REFUSED", await ReasonFor(edge));
    }

    private static ServerHealth Status(EdgeUnderTest edge) => edge.Checks.Single();

    private static Task<EdgeUnderTest> Edge(IPEndPoint server, string health, string transport = "auto", string backend = "") => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
          routes { "{{Name}}" = web }
          transport.kind = {{transport}}
          backends { web { servers = [{ name = s1, address = "{{server}}" }], health { {{health}} }, {{backend}} } }
        }
        """);

    private static async Task<string> ReasonFor(EdgeUnderTest edge)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await socket.SendAsync(HelloBytes.ForName(Name));
        return (await edge.Closed(socket.LocalEndPoint!))["reason"];
    }
}
