using System.Net.Sockets;
using System.Text;
using EdgeActors.Tests.Protocol;
using EdgeHost.Cli;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>
/// Everything that can be wrong with one connection: it ends with a reason of its own in the log, leaves nothing behind, and a good
/// client beside it is served.
/// </summary>
public sealed class FailureSpecs : IAsyncLifetime
{
    private const int Patient = 0;
    private const int Hasty = 1;
    private const int MaxHello = 16 * 1024;
    private const string Good = "good.test";

    private readonly OddServer _resetting = OddServer.ThatResets(atOnce: false);
    private readonly OddServer _shy = OddServer.ThatResets(atOnce: true);
    private readonly OddServer _silent = OddServer.ThatDoesNotAnswer();
    private DemoBackend _good = null!;
    private EdgeUnderTest _edge = null!;

    public static TheoryData<string, string> WhatIsNoHello => new()
    {
        { "NOT_TLS", "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n" },
        { "NOT_TLS", "\0\0\0\0\u00ff\u00fe garbage \u0007" },
        { "NOT_TLS", "\u0016\u0002\u0000 an SSL 2 that never was" },
        { "HELLO_MALFORMED", "\u0016\u0003\u0001\u00ff\u00ff a record longer than any may be" },
        { "HELLO_MALFORMED", "\u0016\u0003\u0001\u0000\u0008\u0001\u0000\u0000\u0004\u0003\u0003\u0000\u0000" },
    };

    private int _sources;

    public async ValueTask InitializeAsync()
    {
        _good = await DemoBackend.Start("good", Good);
        _edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners {
                patient { bind = "127.0.0.1:0", hello-timeout = 60s }
                hasty { bind = "127.0.0.1:0", hello-timeout = 500ms }
              }
              listener-defaults { rate-limit = off }
              routes {
                "{{Good}}" = good
                "demo.fiscalismia.com" = good
                "refused.test" = refusing
                "reset.test" = resetting
                "shy.test" = shy
                "silent.test" = silent
                "down.test" = down
              }
              backend-defaults { health { enabled = off }, retries = 2, retry-delay = 50ms, connect-timeout = 60s }
              backends {
                good { servers = ["127.0.0.1:{{_good.Port}}"] }
                refusing { servers = ["{{Loopback.NextEndPoint()}}"] }
                resetting { servers = ["{{_resetting.EndPoint}}"] }
                shy { servers = ["{{_shy.EndPoint}}"] }
                silent { servers = ["{{_silent.EndPoint}}"], retries = 1, connect-timeout = 500ms }
                down { servers = ["{{Loopback.NextEndPoint()}}"], health { enabled = on, initial = down } }
              }
              silent-drop { hold = 300ms }
            }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _good.DisposeAsync();
        _resetting.Dispose();
        _shy.Dispose();
        _silent.Dispose();
    }

    [Fact]
    public async Task An_unknown_name_is_dropped_without_a_word()
    {
        var line = await Refused(HelloBytes.ForName("unknown.test"), "UNKNOWN_SNI");
        Assert.Equal("unknown.test", line["sni"]);
        Assert.Equal("PR", line["ts"]);
        Assert.Equal("-/<NOSRV>", line["server"]);
    }

    [Fact]
    public Task A_hello_without_a_name_is_dropped_without_a_word() => Refused(HelloBytes.WithoutExtensions(), "NO_SNI");

    [Fact]
    public Task A_name_that_is_an_address_is_dropped_without_a_word() => Refused(HelloBytes.ForName("127.0.0.1"), "INVALID_SNI");

    [Theory]
    [MemberData(nameof(WhatIsNoHello))]
    public Task What_is_no_hello_is_dropped_without_a_word(string reason, string latin1) =>
        Refused(Encoding.Latin1.GetBytes(latin1), reason);

    [Fact]
    public Task A_hello_of_16_KiB_and_one_byte_is_dropped_without_a_word() =>
        Refused(HelloBytes.InRecordsOf(MaxHello, HelloBytes.MessageOfSize(MaxHello + 1)), "HELLO_TOO_LARGE");

    [Fact]
    public async Task A_hello_of_16_KiB_is_carried_to_the_backend()
    {
        using var socket = await Client.Connect(_edge.EndPoint);
        await socket.SendAsync(HelloBytes.InRecordsOf(MaxHello, HelloBytes.MessageOfSize(MaxHello)));
        await _edge.Log.WaitFor(line => LogLine.Is(line, "CONNECT", socket.LocalEndPoint!), "CONNECT");
        // The backend answers, if only with an alert.
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[1]));
        socket.Dispose();
        await _edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task A_hello_that_never_ends_is_dropped_at_its_deadline()
    {
        var line = await Refused(HelloBytes.ForName(Good)[..^1], "HELLO_TIMEOUT", Hasty);
        // Timers have a clock of their own, some milliseconds coarse.
        Assert.InRange(long.Parse(line["total_ms"]), 480, 60_000);
    }

    [Fact]
    public Task A_client_that_says_nothing_is_dropped_at_its_deadline() => Refused([], "HELLO_TIMEOUT", Hasty);

    [Fact]
    public Task A_client_that_ends_before_its_hello_is_gone() =>
        Gone(socket => socket.Shutdown(SocketShutdown.Send), [0x16, 3, 1]);

    [Fact]
    public Task A_client_that_resets_before_its_hello_is_gone() => Gone(Reset, []);

    [Fact]
    public Task A_client_that_resets_within_its_hello_is_gone() => Gone(Reset, HelloBytes.ForName(Good)[..100]);

    [Fact]
    public async Task A_server_that_refuses_is_tried_again_as_often_as_configured()
    {
        var line = await Failed("refused.test", "CONNECT_REFUSED");
        Assert.Equal("2", line["retries"]);
        Assert.Equal("SC", line["ts"]);
        Assert.Equal("-1", line["joined_ms"]);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_after_its_time()
    {
        var line = await Failed("silent.test", "CONNECT_TIMEOUT");
        Assert.Equal("1", line["retries"]);
        Assert.Equal("sC", line["ts"]);
        Assert.InRange(long.Parse(line["total_ms"]), 960, 60_000);
    }

    [Fact]
    public async Task A_server_that_accepts_and_resets_has_its_reset_passed_on()
    {
        var line = await Failed("reset.test", "SERVER_RESET");
        Assert.Equal("SD", line["ts"]);
    }

    [Fact]
    public async Task A_server_that_resets_at_once_has_refused_or_has_reset()
    {
        // Which of the two depends on whether connect(2) has been looked at before the reset came; nothing was sent in the first case.
        var line = await Failed("shy.test", "CONNECT_RESET", "SERVER_RESET");
        Assert.Equal(line["reason"] == "SERVER_RESET" ? "SD" : "SC", line["ts"]);
    }

    [Fact]
    public async Task A_backend_with_no_server_up_ends_the_connection_at_once()
    {
        var line = await Failed("down.test", "NO_SERVER");
        Assert.Equal("down/<NOSRV>", line["server"]);
        Assert.Equal("0", line["retries"]);
    }

    [Fact]
    public async Task Many_of_every_kind_at_once_leave_nothing_behind()
    {
        const int Rounds = 20;
        (byte[] Bytes, string Reason, int Listener)[] kinds =
        [
            (HelloBytes.ForName("unknown.test"), "UNKNOWN_SNI", Patient),
            (HelloBytes.WithoutExtensions(), "NO_SNI", Patient),
            ("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), "NOT_TLS", Patient),
            (HelloBytes.ForName(Good)[..50], "HELLO_TIMEOUT", Hasty),
            (HelloBytes.ForName("refused.test"), "CONNECT_REFUSED", Patient),
            (HelloBytes.ForName("reset.test"), "SERVER_RESET", Patient),
            (HelloBytes.ForName("down.test"), "NO_SERVER", Patient),
        ];
        var all = new List<Task<string>>();
        for (var round = 0; round < Rounds; round++)
        {
            all.AddRange(kinds.Select(async kind => await ReasonOf(kind.Bytes, kind.Listener) == kind.Reason ? "" : kind.Reason));
            all.Add(GoodOne());
        }
        Assert.All(await Task.WhenAll(all), wrong => Assert.Equal("", wrong));
        await _edge.ShouldHoldNothing();
    }

    [Fact]
    public async Task A_connection_that_lives_is_seen_where_the_others_were_not()
    {
        // The counter-proof of "leaves nothing behind": the same look finds what is there.
        using var socket = await Client.Connect(_edge.EndPoint);
        await _edge.Log.WaitFor(line => LogLine.Is(line, "ACCEPT", socket.LocalEndPoint!), "ACCEPT");
        Assert.Equal(1, _edge.Node.State.Transport.OpenLinks);
        Assert.Equal(1, _edge.Node.State.Live.Count);
        Assert.True(_edge.BusyActors > 0);
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Sends this and is dropped silently: not one byte comes back.</summary>
    private async Task<LogLine> Refused(byte[] bytes, string reason, int listener = Patient)
    {
        using var socket = await Client.Connect(_edge.Listener(listener));
        var self = socket.LocalEndPoint!;
        await socket.SendAsync(bytes);
        (await Client.Get(_edge.EndPoint, Good)).ShouldBeFine();
        var line = await _edge.Closed(self);
        Assert.Equal(reason, line["reason"]);
        Assert.Equal("0", line["down"]);
        await _edge.ShouldHoldNothing();
        Client.ShouldHaveHeardNothing(socket);
        return line;
    }

    /// <summary>Sends this, leaves before it is a hello.</summary>
    private async Task Gone(Action<Socket> leave, byte[] bytes)
    {
        using var socket = await Client.Connect(_edge.EndPoint);
        var self = socket.LocalEndPoint!;
        await _edge.Log.WaitFor(line => LogLine.Is(line, "ACCEPT", self), $"ACCEPT {self}");
        (await Client.Get(_edge.EndPoint, Good)).ShouldBeFine();
        await socket.SendAsync(bytes);
        leave(socket);
        Assert.Equal("CLIENT_GONE", (await _edge.Closed(self))["reason"]);
        await _edge.ShouldHoldNothing();
    }

    /// <summary>Says a good hello for a backend that is not.</summary>
    private async Task<LogLine> Failed(string name, params string[] reasons)
    {
        using var socket = await Client.Connect(_edge.EndPoint);
        var self = socket.LocalEndPoint!;
        await socket.SendAsync(HelloBytes.ForName(name));
        (await Client.Get(_edge.EndPoint, Good)).ShouldBeFine();
        Assert.Equal(0, await Client.ReadToEnd(socket));
        var line = await _edge.Closed(self);
        Assert.Contains(line["reason"], reasons);
        Assert.Equal(name, line["sni"]);
        await _edge.ShouldHoldNothing();
        return line;
    }

    private async Task<string> ReasonOf(byte[] bytes, int listener)
    {
        // Each from an address of its own: the kernel may give a closed client's port to a later one, and the log names clients by both.
        var n = Interlocked.Increment(ref _sources);
        using var socket = await Client.Connect(_edge.Listener(listener), $"127.0.{1 + n / 250}.{1 + n % 250}");
        await socket.SendAsync(bytes);
        return (await _edge.Closed(socket.LocalEndPoint!))["reason"];
    }

    private async Task<string> GoodOne()
    {
        (await Client.Get(_edge.EndPoint, Good)).ShouldBeFine();
        return "";
    }
}
