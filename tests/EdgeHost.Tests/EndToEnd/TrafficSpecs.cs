using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Statistics;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Tests.Protocol;
using EdgeActors.Transport;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>After thousands of connections of every kind of end, the counters say what the log says, and nobody is left.</summary>
public sealed class TrafficSpecs : IDisposable
{
    private const int Rounds = 120, AtOnce = 40;

    private readonly OddServer _good = OddServer.That(Answer);

    /// <summary>Longer than its queue's timeout, so that who waits for it may wait too long, however few they are.</summary>
    private readonly OddServer _slow = OddServer.That(static async socket =>
    {
        await Task.Delay(150);
        await Answer(socket);
    });
    private readonly OddServer _resets = OddServer.ThatResets(atOnce: false);

    public void Dispose()
    {
        _good.Dispose();
        _slow.Dispose();
        _resets.Dispose();
    }

    private string Config => $$"""
        edge {
          listeners {
            all { bind = "127.0.0.1:0", rate-limit = off, hello-timeout = 300ms }
            limited { bind = "127.0.0.1:0", rate-limit { limit = 20, per = 30s } }
          }
          routes { "good.test" = good, "refuses.test" = refuses, "half.test" = half, "stays.test" = stays, "down.test" = down, "resets.test" = resets, "full.test" = full, "quiet.test" = quiet }
          backend-defaults { retries = 2, retry-delay = 5ms, connect-timeout = 5s, health { enabled = off } }
          backends {
            good { servers = ["{{_good.EndPoint}}"] }
            refuses { servers = ["{{Loopback.NextEndPoint()}}"] }
            half { servers = [{ name = dead, address = "{{Loopback.NextEndPoint()}}" }, { name = alive, address = "{{_good.EndPoint}}" }] }
            stays { servers = ["{{Loopback.NextEndPoint()}}"], redispatch = off }
            down { servers = ["127.0.0.1:9"], health { enabled = on, initial = down, interval = 20d, timeout = 1s } }
            resets { servers = ["{{_resets.EndPoint}}"] }
            full { servers = [{ name = s, address = "{{_slow.EndPoint}}", maxconn = 1 }], queue { max = 3, timeout = 100ms } }
            quiet { servers = ["{{_good.EndPoint}}"], timeouts { tunnel = 100ms } }
          }
          silent-drop { hold = 20ms }
          log { queue = 100000 }
        }
        """;

    [Fact]
    public async Task Counters_say_what_the_log_says_and_nobody_is_left()
    {
        await using var edge = await EdgeUnderTest.Start(Config);
        Func<Task>[] kinds =
        [
            () =>
                Finishes(edge, "good"), () =>
                    Finishes(edge, "half"), () => Finishes(edge, "refuses"), () => Finishes(edge, "stays"), () => Finishes(edge, "down"),
            () =>
                Finishes(edge, "resets"), () =>
                    Finishes(edge, "full"), () => Finishes(edge, "full"), () => Finishes(edge, "quiet"), () => Finishes(edge, "nobody"),
            () =>
                Says(edge, HelloBytes.WithoutExtensions()), () =>
                    Says(edge, "GET / HTTP/1.1\r\n\r\n"u8.ToArray()), () => Says(edge, HelloBytes.ForName("good.test")[..40]),
            () =>
                Resets(edge, "good"), () =>
                    Leaves(edge, HelloBytes.ForName("full.test")), () => Leaves(edge, []), () => Finishes(edge, "good", listener: 1),
        ];
        await Parallel.ForAsync(
            0,
            Rounds * kinds.Length,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) => await kinds[i % kinds.Length]());
        await edge.ShouldHoldNothing();
        Assert.Equal(0, edge.Node.State.Log.Dropped);

        var lines = edge.Log.Lines.Where(static line => LogLine.Is(line, "CLOSE")).Select(static line => new Line(line)).ToArray();
        Assert.Equal(Rounds * kinds.Length, lines.Length);
        var rows = StatRows.Read(edge.Node.State);
        foreach (var row in rows)
        {
            var own = lines.Where(line => IsOf(line, row)).ToArray();
            Assert.Equal((row.Name, 0), (row.Name, row.Traffic.Current));
            Assert.Equal(
                (row.Proxy, row.Name, own.Sum(static line => line.Up), own.Sum(static line => line.Down)),
                (row.Proxy, row.Name, row.Traffic.BytesUp, row.Traffic.BytesDown));
            // Clients that leave at once are gone before Edge, so that there may be more of them here than there are.
            Assert.InRange(row.Traffic.Max, own.Length == 0 ? 0 : 1, 2 * AtOnce);
            if (row.Kind == StatRowKind.Frontend)
                Assert.Equal((row.Proxy, own.Length), (row.Proxy, (int)row.Traffic.Total));
            else
                ShouldFit(row, own, lines);
        }
        foreach (var listener in rows.Where(static row => row.Kind == StatRowKind.Frontend))
        {
            foreach (var reason in Enum.GetValues<CloseReason>())
            {
                Assert.Equal(
                    (listener.Proxy, reason, lines.Count(line => line.Listener == listener.Proxy && line.Reason == reason.Facts().Label)),
                    (listener.Proxy, reason, (int)listener.Traffic.EndedAs(reason)));
            }
        }
        // It was worth it: each of these kinds of ends was there.
        CloseReason[] expected =
        [
            CloseReason.Finished, CloseReason.ConnectRefused, CloseReason.NoServer, CloseReason.ServerReset, CloseReason.QueueFull, CloseReason.QueueTimeout, CloseReason.TunnelTimeout,
            CloseReason.UnknownSni, CloseReason.NoSni, CloseReason.NotTls, CloseReason.HelloTimeout, CloseReason.ClientReset, CloseReason.ClientGone, CloseReason.RateLimited,
        ];
        Assert.All(
            expected,
            reason => Assert.True(rows.Any(row => row.Kind == StatRowKind.Frontend && row.Traffic.EndedAs(reason) > 0), $"no {reason}"));
    }

    private static void ShouldFit(StatRow row, Line[] own, Line[] all)
    {
        var name = $"{row.Proxy}/{row.Name}";
        foreach (var group in new[] { ReasonGroups.ClientAborts.ToArray(), ReasonGroups.ServerAborts.ToArray() })
        {
            var labels = group.Select(static reason => reason.Facts().Label);
            Assert.Equal((name, own.Count(line => labels.Contains(line.Reason))), (name, (int)row.Traffic.EndedAs(group)));
        }
        if (row.Kind == StatRowKind.Server)
        {
            Assert.Equal((name, row.Server!.State.Connections), (name, 0));
            // One that has moved on from it was here, too.
            Assert.InRange(row.Traffic.Total, own.Length, own.Length + all.Sum(static line => line.Retries));
            return;
        }
        var backend = (BackendTraffic)row.Traffic;
        var errors = ReasonGroups.ConnectionErrors.ToArray().Select(static reason => reason.Facts().Label).ToArray();
        Assert.Equal((name, own.Length), (name, (int)backend.Total));
        Assert.Equal((name, own.Count(line => errors.Contains(line.Reason))), (name, (int)backend.EndedAs(ReasonGroups.ConnectionErrors)));
        Assert.Equal((name, own.Sum(static line => line.Retries)), (name, (int)(backend.Retries + backend.Redispatches)));
        Assert.Equal((name, own.Sum(static line => line.WasDialled ? 1 + line.Retries : 0)), (name, (int)backend.Attempts));
        Assert.Equal((name, backend.Attempts), (name, row.Servers.Sum(static server => server.PoolTraffic.Attempts)));
        Assert.Equal((name, backend.Chosen), (name, row.Servers.Sum(static server => server.PoolTraffic.Chosen)));
        Assert.Equal((name, 0), (name, row.Pool!.Queue.Count));
        Assert.Equal((name, own.Count(static line => line.WasJoined)), (name, (int)backend.Joined));
        if (row.Proxy == "half")
            Assert.Equal((0, own.Sum(static line => line.Retries)), ((int)backend.Retries, (int)backend.Redispatches));
        if (row.Proxy is "stays" or "refuses")
            Assert.Equal((2 * own.Length, 0), ((int)backend.Retries, (int)backend.Redispatches));
        if (row.Proxy == "full")
            Assert.InRange(row.Pool.Queue.Peak, 1, 3);
    }

    private static bool IsOf(Line line, StatRow row) => row.Kind switch
    {
        StatRowKind.Frontend => line.Listener == row.Proxy,
        StatRowKind.Backend => line.Server.StartsWith($"{row.Proxy}/", StringComparison.Ordinal),
        _ => line.Server == $"{row.Proxy}/{row.Name}",
    };

    private sealed record Line(string Listener, string Server, string Reason, long Up, long Down, int Retries, bool WasJoined)
    {
        public Line(string text)
            : this(new LogLine(text))
        {
        }

        private Line(LogLine line)
            : this(
                line["listener"],
                line["server"],
                line["reason"],
                Number(line["up"]),
                Number(line["down"]),
                (int)Number(line["retries"]),
                line["joined_ms"] != "-1")
        {
        }

        public bool WasDialled => !Server.EndsWith("<NOSRV>", StringComparison.Ordinal);

        private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Answers the first bytes with some of its own, and the end with the end.</summary>
    private static async Task Answer(Socket socket)
    {
        var buffer = new byte[4096];
        await socket.ReceiveAsync(buffer);
        await socket.SendAsync(buffer.AsMemory(0, 100));
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task Finishes(EdgeUnderTest edge, string name, int listener = 0)
    {
        using var socket = await Client.Connect(edge.Listener(listener));
        await Send(socket, HelloBytes.ForName($"{name}.test"));
        if (name != "quiet" && await Hears(socket))
            socket.Shutdown(SocketShutdown.Send);
        while (await Hears(socket))
        {
        }
    }

    private static async Task Says(EdgeUnderTest edge, byte[] bytes)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await Send(socket, bytes);
        await Hears(socket);
    }

    private static async Task Resets(EdgeUnderTest edge, string name)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await Send(socket, HelloBytes.ForName($"{name}.test"));
        await Hears(socket);
        socket.LingerState = new LingerOption(true, 0);
    }

    private static async Task Leaves(EdgeUnderTest edge, byte[] bytes)
    {
        using var socket = await Client.Connect(edge.EndPoint);
        await Send(socket, bytes);
    }

    private static async Task Send(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // Refused already.
        }
    }

    /// <summary>Whether there is more. Who is dropped silently hears nothing, and goes some time.</summary>
    private static async Task<bool> Hears(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            return await socket.ReceiveAsync(new byte[1024], patience.Token) > 0;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
