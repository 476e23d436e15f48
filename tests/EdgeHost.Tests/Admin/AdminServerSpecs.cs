using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using EdgeActors.Config;
using EdgeHost.Admin;
using EdgeHost.Hosting;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>Who gets to see what of the operator's HTTP, and what its clients may not do.</summary>
public sealed class AdminServerSpecs
{
    private const string Login = "operator:correct horse";

    private static string Config(string admin, string servers = "\"127.0.0.1:9\"", string more = "health { enabled = off }") => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.example" = web }
          backends { web { servers = [{{servers}}], {{more}} } }
          admin { bind = "127.0.0.1:0", {{admin}} }
        }
        """;

    private const string WithLogin = "user = operator, password = \"correct horse\", health-bind = \"127.0.0.1:0\"";

    [Fact]
    public async Task Health_says_what_haproxy_says_on_both_addresses_and_asks_nobody()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        foreach (var door in new[] { edge.Admin, edge.Health })
        {
            var answer = (await Http.Get(door, "/health")).ShouldBe(HttpStatusCode.OK);
            Assert.Equal("<html><body><h1>200 OK</h1>\nService ready.\n</body></html>\n", answer.Body);
            Assert.Equal("text/html", answer.Headers["Content-Type"]);
            (await Http.Send(HttpMethod.Head, door, "/health", null)).ShouldBe(HttpStatusCode.OK);
            (await Http.Send(HttpMethod.Post, door, "/health", null)).ShouldBe(HttpStatusCode.MethodNotAllowed);
        }
        Assert.DoesNotContain(edge.Log.Lines, static line => line.Contains("health", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_is_unavailable_when_an_actor_of_the_path_is_gone()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        edge.Node.State.Actors.Router.Tell(PoisonPill.Instance);
        var answer = (await Http.Get(edge.Health, "/health")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("edge: an actor or a reactor has not answered within 2 s\n", answer.Body);
    }

    [Fact]
    public async Task Ready_can_be_asked_for_a_while_and_answers_early_when_it_is_not()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        var hold = TimeSpan.FromMilliseconds(300);
        var since = Stopwatch.GetTimestamp();
        Assert.Equal("ready\n", (await Http.Get(edge.Health, "/ready?hold=300ms")).ShouldBe(HttpStatusCode.OK).Body);
        // Timers have a clock of their own, some milliseconds coarse.
        Assert.True(Stopwatch.GetElapsedTime(since) >= hold - TimeSpan.FromMilliseconds(20), $"after {Stopwatch.GetElapsedTime(since)}");
        var asked = Http.Get(edge.Health, "/ready?hold=10s");
        since = Stopwatch.GetTimestamp();
        await edge.Node.Unbind();
        Assert.StartsWith("draining\n", (await asked).ShouldBe(HttpStatusCode.ServiceUnavailable).Body, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(9), $"after {Stopwatch.GetElapsedTime(since)}");
    }

    [Theory]
    [InlineData("hold=11s")]
    [InlineData("hold=1")]
    [InlineData("hold=infinite")]
    [InlineData("hold=")]
    [InlineData("hold=1s&hold=1s")]
    public async Task Not_for_longer_and_not_for_nonsense(string query)
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        Assert.Equal(
            "hold: expected a duration up to 10 s, such as 900ms\n",
            (await Http.Get(edge.Health, $"/ready?{query}")).ShouldBe(HttpStatusCode.BadRequest).Body);
    }

    [Fact]
    public async Task The_health_address_shows_health_and_nothing_else()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        foreach (var path in new[] { "/", "/metrics", "/stats", "/stats;csv", "/stats;json", "/api/status" })
            (await Http.Get(edge.Health, path, Login)).ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/stats;csv")]
    [InlineData("/stats;json")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    public async Task Without_the_password_there_is_nothing_to_see(string path)
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        var asked = (await Http.Get(edge.Admin, path)).ShouldBe(HttpStatusCode.Unauthorized);
        Assert.Equal("Basic realm=\"Edge\", charset=\"UTF-8\"", asked.Headers["WWW-Authenticate"]);
        string[] wrong = [
            "operator:", "operator:correct horse ", "operator:correct hors", "Operator:correct horse", ":correct horse", "operator", ""
        ];
        Assert.All(
            await Task.WhenAll(wrong.Select(login => Http.Get(edge.Admin, path, login))),
            static answer => answer.ShouldBe(HttpStatusCode.Unauthorized));
        (await Http.Get(edge.Admin, path, Login)).ShouldBe(path == "/nothing" ? HttpStatusCode.NotFound : HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_may_go_without_the_password()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin + ", metrics-auth = off"));
        (await Http.Get(edge.Admin, "/metrics")).ShouldBe(HttpStatusCode.OK);
        (await Http.Get(edge.Admin, "/stats;csv")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("edge.attacker.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:80", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:80", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    public async Task Without_a_password_a_page_that_leads_its_own_name_here_gets_nothing(string host, HttpStatusCode expected)
    {
        await using var edge = await EdgeUnderTest.Start(Config(""));
        (await Http.Send(HttpMethod.Get, edge.Admin, "/stats;csv", null, request => request.Headers.Host = host)).ShouldBe(expected);
    }

    [Fact]
    public async Task Every_answer_forbids_framing_sniffing_and_keeping()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        foreach (var answer in new[] { await Http.Get(edge.Admin, "/"), await Http.Get(edge.Admin, "/metrics", Login), await Http.Get(edge.Admin, "/health") })
        {
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
            Assert.Equal("DENY", answer.Headers["X-Frame-Options"]);
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            Assert.StartsWith("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.False(answer.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task Large_and_broken_requests_are_refused_and_leave_nothing_behind()
    {
        await using var edge = await EdgeUnderTest.Start(Config(WithLogin));
        Assert.StartsWith(
            "HTTP/1.1 431 ",
            await Raw(edge.Admin, $"GET / HTTP/1.1\r\nHost: x\r\nx: {new string('a', HttpServer.MaxHeaders)}\r\n\r\n"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 414 ",
            await Raw(edge.Admin, $"GET /{new string('a', HttpServer.MaxRequestLine)} HTTP/1.1\r\nHost: x\r\n\r\n"),
            StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await Raw(edge.Admin, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 505 ", await Raw(edge.Admin, "GET / HTTP/3.0\r\n\r\n"), StringComparison.Ordinal);
        (await Http.Get(edge.Admin, "/health")).ShouldBe(HttpStatusCode.OK);
        Assert.DoesNotContain(edge.Log.Lines, static line => line.Contains("ERROR", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bind")]
    [InlineData("health-bind")]
    public async Task An_address_that_is_taken_is_told_in_words(string key)
    {
        var taken = Loopback.NextEndPoint();
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(taken);
        listening.Listen(1);
        var parsed = EdgeSettingsReader.ReadText($$"""
            edge { listeners.https.bind = "127.0.0.1:0", routes {}, backends {}, admin { bind = "127.0.0.1:0", {{key}} = "{{taken}}" }, drain-timeout = 0s }
            """, "test", _ => null);
        await using var program = new EdgeProgram(parsed.Settings!, new LineLog());
        Assert.Equal(
            $"listener admin cannot listen on {taken}: another program listens there already", await program.Start(CancellationToken.None));
    }

    [Fact]
    public async Task Ready_until_no_server_of_a_routed_backend_is_up()
    {
        using var server = OddServer.That(Client.ReadToEnd);
        // A check that a busy machine is late for must not take it down.
        await using var edge = await EdgeUnderTest.Start(Config(
            WithLogin, $"\"{server.EndPoint}\"", "health { interval = 2s, timeout = 2s, fall = 1, rise = 1 }"));
        await Eventually.True(() => edge.Checks.All(static status => status.CheckedAt is not null), () => "no check");
        Assert.Equal("ready\n", (await Http.Get(edge.Health, "/ready")).ShouldBe(HttpStatusCode.OK).Body);
        server.Dispose();
        await Eventually.True(() => edge.Checks.All(static status => !status.Up), () => "still up");
        await Eventually.True(() => !edge.Node.State.Routes.Current.Backends.Single().IsUsable, () => "still usable");
        Assert.Equal(
            "backend web has no server that is up\n",
            (await Http.Get(edge.Health, "/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable).Body);
        Assert.Equal("not ready\n", (await Http.Get(edge.Admin, "/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable).Body);
        Assert.Equal("not ready\n", (await Http.Get(edge.Admin, "/ready", Login)).Body);
        Assert.Contains(
            "backend web has no server that is up", (await Http.Get(edge.Admin, "/stats;json", Login)).Body, StringComparison.Ordinal);
    }

    private static async Task<string> Raw(IPEndPoint server, string request)
    {
        using var socket = await Client.Connect(server);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(request));
            using var deadline = new CancellationTokenSource(Eventually.Deadline);
            while (await socket.ReceiveAsync(buffer, deadline.Token) is var got and > 0)
                text.Append(Encoding.Latin1.GetString(buffer, 0, got));
        }
        catch (SocketException)
        {
            // Closed with bytes unread.
        }
        return text.ToString();
    }
}
