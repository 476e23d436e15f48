using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Telemetry;
using EdgeActors.Tests;
using EdgeHost.Redirect;
using EdgeHost.Tests.Harness;
using EdgeHost.Upgrade;

namespace EdgeHost.Tests.Redirect;

/// <summary>The entrance for plain HTTP over real sockets.</summary>
public sealed class RedirectSpecs
{
    private const string Moved = "HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nlocation: https://";

    private static readonly EdgeLog Log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);

    private static Task<RedirectServer> Start(
        int? rate = null, int max = 100, TimeSpan? timeout = null, EndPoint? acme = null, string bind = "127.0.0.1", HostSockets? sockets = null) => RedirectServer.Start(
        new HttpRedirectSettings
        {
            Binds = [new BindSettings(new IPEndPoint(IPAddress.Parse(bind), 0), DualMode: bind == "::")],
            Rate = rate,
            MaxConnections = max,
            Timeout = timeout ?? TimeSpan.FromSeconds(20),
            AcmeBackend = acme,
        },
        Log,
        TimeProvider.System,
        sockets);

    /// <summary>What comes back until the other side ends it, or until as much as expected is there.</summary>
    private static async Task<string> Ask(IPEndPoint server, string request, string? until = null)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        return await ReadAll(socket, until);
    }

    private static async Task<string> ReadAll(Socket socket, string? until = null)
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        var text = new StringBuilder();
        var buffer = new byte[65536];
        while (until is null || !text.ToString().EndsWith(until, StringComparison.Ordinal))
        {
            var got = await socket.ReceiveAsync(buffer, deadline.Token);
            if (got == 0)
                break;
            text.Append(Encoding.Latin1.GetString(buffer, 0, got));
        }
        return text.ToString();
    }

    [Fact]
    public async Task A_client_is_sent_to_the_same_place_by_https_and_may_ask_again()
    {
        await using var server = await Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.EndPoints[0]);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"GET /a{i}?b HTTP/1.1\r\nHost: x.example:80\r\n\r\n"));
            Assert.Equal($"{Moved}x.example/a{i}?b\r\n\r\n", await ReadAll(client, "\r\n\r\n"));
        }
    }

    [Fact]
    public async Task A_request_may_come_byte_by_byte()
    {
        await using var server = await Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(server.EndPoints[0]);
        foreach (var b in Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\nHost: [::1]:80\r\n\r\n"))
            await client.SendAsync(new[] { b });
        Assert.Equal($"{Moved}[::1]/\r\nconnection: close\r\n\r\n", await ReadAll(client));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r y\r\n\r\n")]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03")]
    public async Task What_cannot_be_redirected_is_a_bad_request(string request)
    {
        await using var server = await Start();
        Assert.Equal(Encoding.ASCII.GetString(HttpResponses.BadRequest), await Ask(server.EndPoints[0], request, until: "</html>\n"));
    }

    [Fact]
    public async Task A_client_that_sends_a_large_body_has_its_answer_before_the_end()
    {
        await using var server = await Start();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.EndPoints[0]);
        await client.SendAsync(Encoding.ASCII.GetBytes("POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n" + new string('b', 40_000)));
        Assert.Equal($"{Moved}x/up\r\nconnection: close\r\n\r\n", await ReadAll(client));
    }

    [Fact]
    public async Task Requests_of_one_connection_are_counted()
    {
        await using var server = await Start();
        var request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        var answers = await Ask(server.EndPoints[0], string.Concat(Enumerable.Repeat(request, 150)));
        var one = $"{Moved}x/\r\n\r\n";
        Assert.Equal(string.Concat(Enumerable.Repeat(one, 99)) + $"{Moved}x/\r\nconnection: close\r\n\r\n", answers);
    }

    [Fact]
    public async Task A_header_that_does_not_end_in_time_is_told_so_and_an_idle_client_is_closed()
    {
        // Long enough for a whole header to be there in time.
        await using var server = await Start(timeout: TimeSpan.FromSeconds(2));
        var told = await Task.WhenAll(Ask(server.EndPoints[0], "GET / HT"), Ask(server.EndPoints[0], ""));
        Assert.All(told, static answer => Assert.Equal(Encoding.ASCII.GetString(HttpResponses.RequestTimeout), answer));
        Assert.Equal($"{Moved}x/\r\n\r\n", await Ask(server.EndPoints[0], "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        await Eventually.True(() => server.Open == 0, () => $"{server.Open} are open");
    }

    /// <summary>One byte now and then does not buy time.</summary>
    [Fact]
    public async Task A_client_that_drips_is_closed_at_the_same_time()
    {
        await using var server = await Start(timeout: TimeSpan.FromMilliseconds(300));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(server.EndPoints[0]);
        var reading = ReadAll(client, "</html>\n");
        while (!reading.IsCompleted)
        {
            try
            {
                await client.SendAsync("a"u8.ToArray());
            }
            catch (SocketException)
            {
                break;
            }
            await Task.WhenAny(reading, Task.Delay(20));
        }
        Assert.Equal(Encoding.ASCII.GetString(HttpResponses.RequestTimeout), await reading);
    }

    [Fact]
    public async Task Beyond_the_limit_clients_wait_and_are_not_refused()
    {
        await using var server = await Start(max: 2);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var second = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(server.EndPoints[0]);
        await second.ConnectAsync(server.EndPoints[0]);
        await Eventually.True(() => server.Open == 2, () => $"{server.Open} are open");
        var third = Ask(server.EndPoints[0], "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
        // Nothing tells that something does not happen; unlimited, this would be an answer within a millisecond.
        Assert.NotSame(third, await Task.WhenAny(third, Task.Delay(TimeSpan.FromMilliseconds(300))));
        Assert.Equal(2, server.Open);
        first.Dispose();
        Assert.StartsWith(Moved, await third);
    }

    [Fact]
    public async Task The_rate_delays_clients_and_refuses_none()
    {
        const int Rate = 10, Clients = 25;
        await using var server = await Start(rate: Rate);
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Ask(server.EndPoints[0], "GET / HTTP/1.0\r\nHost: x\r\n\r\n")));
        Assert.All(answers, answer => Assert.StartsWith(Moved, answer));
        // The 21st may come two seconds after the first, and not before.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_wildcard_takes_both_kinds_of_clients()
    {
        await using var server = await Start(bind: "::");
        var port = server.EndPoints[0].Port;
        Assert.StartsWith(Moved, await Ask(new IPEndPoint(IPAddress.Loopback, port), "GET / HTTP/1.0\r\nHost: x\r\n\r\n"));
        Assert.StartsWith(Moved, await Ask(new IPEndPoint(IPAddress.IPv6Loopback, port), "GET / HTTP/1.0\r\nHost: x\r\n\r\n"));
    }

    [Fact]
    public async Task A_taken_address_is_told_and_one_that_was_left_is_free()
    {
        var first = await Start();
        var taken = first.EndPoints[0];
        var settings = new HttpRedirectSettings
        {
            Binds = [new BindSettings(taken, DualMode: false)],
            Rate = null,
            MaxConnections = 1,
            Timeout = TimeSpan.FromSeconds(5),
            AcmeBackend = null,
        };
        var failure = await Assert.ThrowsAsync<BindException>(() => RedirectServer.Start(settings, Log, TimeProvider.System));
        Assert.Equal($"listener http-redirect cannot listen on {taken}: another program listens there already", failure.Message);
        // The side that closes first leaves its port in TIME_WAIT.
        await Ask(taken, "GET / HTTP/1.0\r\nHost: x\r\n\r\n");
        await first.DisposeAsync();
        await using var second = await RedirectServer.Start(settings, Log, TimeProvider.System);
        Assert.StartsWith(Moved, await Ask(taken, "GET / HTTP/1.0\r\nHost: x\r\n\r\n"));
    }

    [Fact]
    public async Task An_end_refuses_new_clients_and_lets_idle_ones_go()
    {
        var server = await Start();
        using var idle = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await idle.ConnectAsync(server.EndPoints[0]);
        await idle.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await ReadAll(idle, "\r\n\r\n");
        await server.Unbind();
        Assert.Equal("", await ReadAll(idle));
        await Assert.ThrowsAsync<SocketException>(() => Ask(server.EndPoints[0], ""));
        await server.DisposeAsync();
        Assert.Equal(0, server.Open);
    }

    [LinuxFact]
    public async Task Newcomers_may_be_left_unanswered_and_are_served_when_they_ask_again()
    {
        const string Request = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";
        var sockets = new HostSockets();
        await using var server = await Start(sockets: sockets);
        var at = server.EndPoints[0];
        using var before = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await before.ConnectAsync(at);
        Assert.True(sockets.IgnoreNewcomers("another", true));
        Assert.StartsWith(Moved, await Ask(at, Request));

        Assert.True(sockets.IgnoreNewcomers(RedirectServer.Name, true));
        var since = Stopwatch.GetTimestamp();
        var asked = Ask(at, Request);
        await before.SendAsync(Encoding.Latin1.GetBytes(Request));
        Assert.StartsWith(Moved, await ReadAll(before));
        Assert.False(asked.IsCompleted);
        Assert.True(sockets.IgnoreNewcomers(RedirectServer.Name, false));
        Assert.StartsWith(Moved, await asked);
        // RFC 6298, section 2.1: the second SYN comes a second after the first.
        Assert.True(Stopwatch.GetElapsedTime(since) >= TimeSpan.FromMilliseconds(900), "it was answered");
    }
}
