using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests;
using EdgeHost.Handover;
using EdgeHost.Redirect;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Redirect;

/// <summary>The entrance for plain HTTP over real sockets.</summary>
public sealed class RedirectSpecs
{
    private const string Request = "GET / HTTP/1.0\r\nHost: x\r\n\r\n", Moved = "301 https://x/ 0 close";

    private static readonly EdgeLog Log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);

    private static Task<RedirectServer> Start(
        int? rate = null, int max = 100, TimeSpan? timeout = null, string bind = "127.0.0.1", HostSockets? sockets = null) =>
        RedirectServer.Start(
        new HttpRedirectSettings(
            Binds: [new BindSettings(new IPEndPoint(IPAddress.Parse(bind), 0), DualMode: bind == "::")],
            Rate: rate,
            MaxConnections: max,
            Timeout: timeout ?? TimeSpan.FromSeconds(20),
            AcmeBackend: null),
        Log,
        TimeProvider.System,
        sockets ?? new HostSockets());

    private static async Task<string> Ask(IPEndPoint server, string request) => PlainHttp.Shown(await PlainHttp.Ask(server, request));

    [Fact]
    public async Task A_client_is_sent_to_the_same_place_by_https_and_may_ask_again()
    {
        await using var server = await Start();
        using var client = await PlainHttp.Connect(server.EndPoints[0]);
        for (var i = 0; i < 3; i++)
        {
            await client.Send($"GET /a{i}?b HTTP/1.1\r\nHost: x.example:80\r\n\r\n");
            Assert.Equal($"301 https://x.example/a{i}?b 0 -", PlainHttp.Shown(await client.Read(responses: 1)));
        }
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        await using var server = await Start();
        using var client = await PlainHttp.Connect(server.EndPoints[0]);
        foreach (var b in "GET / HTTP/1.0\r\nHost: [::1]:80\r\n\r\n")
            await client.Send($"{b}");
        Assert.Equal("301 https://[::1]/ 0 close", PlainHttp.Shown(await client.Read()));
    }

    [Theory]
    [InlineData("GET /a HTTP/1.0", "x.example", "https://x.example/a")]
    [InlineData("GET / HTTP/1.0", "X.Example:8080", "https://X.Example/")]
    [InlineData("GET / HTTP/1.0", "192.0.2.1:80", "https://192.0.2.1/")]
    [InlineData("GET / HTTP/1.0", "[2001:db8::1]", "https://[2001:db8::1]/")]
    [InlineData("OPTIONS * HTTP/1.0", "x.example", "https://x.example/")]
    [InlineData("GET http://x.example:80/p?q HTTP/1.0", "x.example", "https://x.example/p?q")]
    [InlineData("GET http://x.example HTTP/1.0", "x.example", "https://x.example/")]
    [InlineData("GET //evil.example HTTP/1.0", "x.example", "https://x.example//evil.example")]
    [InlineData("GET /%2e%2E/a/../%2541%c3%a4?%0d HTTP/1.0", "x.example", "https://x.example/%2e%2E/a/../%2541%c3%a4?%0d")]
    [InlineData("M-SEARCH /a HTTP/1.0", "x.example", "https://x.example/a")]
    public async Task The_location_is_what_was_asked_for(string line, string host, string location)
    {
        await using var server = await Start();
        Assert.Equal($"301 {location} 0 close", await Ask(server.EndPoints[0], $"{line}\r\nHost: {host}\r\n\r\n"));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("GET / HTTP/1.0\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x y\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r y\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x/y\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: u@x\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x%0d%0ay\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: \xe4.example\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x:80:80\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: ::1\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]x\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n continued\r\n")]
    [InlineData("GET http://other/ HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("GET https://x/ HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("GET /a\rb HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("GET /\xe4 HTTP/1.1\r\nHost: x\r\n")]
    [InlineData("CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n")]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03")]
    public async Task What_cannot_be_redirected_is_a_bad_request(string request)
    {
        await using var server = await Start();
        Assert.Equal("400 - 0 close", await Ask(server.EndPoints[0], request + "\r\n"));
    }

    [Fact]
    public async Task A_client_that_ends_its_side_behind_the_request_has_its_answer()
    {
        await using var server = await Start();
        for (var i = 0; i < 200; i++)
            Assert.Equal(Moved, PlainHttp.Shown(await PlainHttp.Ask(server.EndPoints[0], Request, half: true)));
    }

    [Theory]
    [InlineData("GET /", " HTTP/1.0\r\nHost: x\r\n\r\n", "414")]
    [InlineData("GET / HTTP/1.0\r\nHost: x\r\nX: ", "\r\n\r\n", "431")]
    public async Task A_header_that_is_too_large_is_refused(string start, string end, string status)
    {
        await using var server = await Start();
        Assert.StartsWith("301 ", await Ask(server.EndPoints[0], start + new string('a', 8000) + end));
        Assert.StartsWith(status, await Ask(server.EndPoints[0], start + new string('a', 8300) + end));
    }

    [Fact]
    public async Task A_client_that_sends_a_large_body_has_its_answer_before_the_end()
    {
        await using var server = await Start();
        Assert.Equal(
            "301 https://x/up 0 close",
            await Ask(server.EndPoints[0], "POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n" + new string('b', 40_000)));
    }

    [Fact]
    public async Task Requests_of_one_connection_are_counted()
    {
        await using var server = await Start();
        var answers = await PlainHttp.Ask(server.EndPoints[0], string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 150)));
        var all = answers.Split("\r\n\r\n")[..^1].Select(PlainHttp.Shown);
        Assert.Equal([.. Enumerable.Repeat("301 https://x/ 0 -", 99), Moved], all);
    }

    [Fact]
    public async Task A_header_that_does_not_end_in_time_is_told_so_and_an_idle_client_is_closed()
    {
        // Long enough for a whole header to be there in time.
        await using var server = await Start(timeout: TimeSpan.FromSeconds(2));
        var at = server.EndPoints[0];
        var heard = await Task.WhenAll(
            PlainHttp.Ask(at, "GET / HT"), PlainHttp.Ask(at, "GET / HTTP/1.1\r\nHost: x\r\n"), PlainHttp.Ask(at, ""),
            PlainHttp.Ask(at, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        Assert.Equal(["408 - 0 close", "408 - 0 close", " - - -", "301 https://x/ 0 -"], heard.Select(PlainHttp.Shown));
    }

    /// <summary>One byte now and then does not buy time.</summary>
    [Fact]
    public async Task A_client_that_drips_is_closed_at_the_same_time()
    {
        await using var server = await Start(timeout: TimeSpan.FromMilliseconds(300));
        using var client = await PlainHttp.Connect(server.EndPoints[0]);
        var reading = client.Read();
        while (!reading.IsCompleted)
        {
            try
            {
                await client.Send("a");
            }
            catch (SocketException)
            {
                break;
            }
            await Task.WhenAny(reading, Task.Delay(20));
        }
        Assert.Equal("408 - 0 close", PlainHttp.Shown(await reading));
    }

    [Fact]
    public async Task Beyond_the_limit_clients_wait_and_are_not_refused()
    {
        await using var server = await Start(max: 2);
        var at = server.EndPoints[0];
        using var first = await PlainHttp.Connect(at);
        using var second = await PlainHttp.Connect(at);
        foreach (var client in new[] { first, second })
        {
            await client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            await client.Read(responses: 1);
        }
        var third = Ask(at, Request);
        // Nothing tells that something does not happen; unlimited, this would be an answer within a millisecond.
        Assert.NotSame(third, await Task.WhenAny(third, Task.Delay(TimeSpan.FromMilliseconds(300))));
        first.Dispose();
        Assert.Equal(Moved, await third);
    }

    [Fact]
    public async Task A_connection_gives_its_slot_back_however_it_ends()
    {
        await using var server = await Start(max: 1);
        var at = server.EndPoints[0];
        foreach (var request in new[] { Request, "\x16\x03\x01\r\n", "" })
            await PlainHttp.Ask(at, request, half: true);
        using (var reset = await PlainHttp.Connect(at))
        {
            await reset.Send("GET /");
            reset.LingerState = new LingerOption(true, 0);
        }
        Assert.Equal(Moved, await Ask(at, Request));
    }

    [Fact]
    public async Task The_rate_delays_clients_and_refuses_none()
    {
        const int Rate = 10, Clients = 25;
        await using var server = await Start(rate: Rate);
        var since = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Ask(server.EndPoints[0], Request)));
        Assert.All(answers, answer => Assert.Equal(Moved, answer));
        // The 21st may come two seconds after the first, and not before.
        Assert.True(Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_wildcard_takes_both_kinds_of_clients()
    {
        await using var server = await Start(bind: "::");
        var port = server.EndPoints[0].Port;
        Assert.Equal(Moved, await Ask(new IPEndPoint(IPAddress.Loopback, port), Request));
        Assert.Equal(Moved, await Ask(new IPEndPoint(IPAddress.IPv6Loopback, port), Request));
    }

    [Fact]
    public async Task A_taken_address_is_told_and_one_that_was_left_is_free()
    {
        var first = await Start();
        var taken = first.EndPoints[0];
        var settings = new HttpRedirectSettings(
            Binds: [new BindSettings(taken, DualMode: false)],
            Rate: null,
            MaxConnections: 1,
            Timeout: TimeSpan.FromSeconds(5),
            AcmeBackend: null);
        var failure = await Assert.ThrowsAsync<BindException>(
            () => RedirectServer.Start(settings, Log, TimeProvider.System, new HostSockets()));
        Assert.Equal($"listener http-redirect cannot listen on {taken}: another program listens there already", failure.Message);
        // The side that closes first leaves its port in TIME_WAIT.
        await Ask(taken, Request);
        await first.DisposeAsync();
        await using var second = await RedirectServer.Start(settings, Log, TimeProvider.System, new HostSockets());
        Assert.Equal(Moved, await Ask(taken, Request));
    }

    [Fact]
    public async Task An_end_refuses_new_clients_and_lets_idle_ones_go()
    {
        var server = await Start();
        var at = server.EndPoints[0];
        using var idle = await PlainHttp.Connect(at);
        await idle.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await idle.Read(responses: 1);
        await server.DisposeAsync();
        await Assert.ThrowsAsync<SocketException>(() => Ask(at, ""));
        Assert.Equal("", await idle.Read());
    }

    [Fact]
    public async Task An_end_does_not_wait_for_the_rate_or_for_a_client_that_says_nothing()
    {
        var server = await Start(rate: 1);
        var at = server.EndPoints[0];
        Assert.Equal(Moved, await Ask(at, Request));
        using var waiting = await PlainHttp.Connect(at);
        var since = Stopwatch.GetTimestamp();
        await server.DisposeAsync();
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5), $"{Stopwatch.GetElapsedTime(since)}");
    }

    [LinuxFact]
    public async Task New_clients_may_be_left_unanswered_and_are_served_when_they_ask_again()
    {
        var sockets = new HostSockets();
        await using var server = await Start(sockets: sockets);
        var at = server.EndPoints[0];
        using var before = await PlainHttp.Connect(at);
        Assert.True(sockets.IgnoreNewClients("another", true));
        Assert.Equal(Moved, await Ask(at, Request));

        Assert.True(sockets.IgnoreNewClients(RedirectServer.Name, true));
        var since = Stopwatch.GetTimestamp();
        var asked = Ask(at, Request);
        await before.Send(Request);
        Assert.Equal(Moved, PlainHttp.Shown(await before.Read()));
        Assert.False(asked.IsCompleted);
        Assert.True(sockets.IgnoreNewClients(RedirectServer.Name, false));
        Assert.Equal(Moved, await asked);
        // RFC 6298, section 2.1: the second SYN comes a second after the first.
        Assert.True(Stopwatch.GetElapsedTime(since) >= TimeSpan.FromMilliseconds(900), "it was answered");
    }
}
