using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Hostile;

/// <summary>Clients that request much and read nothing, beside HAProxy with the same clients in the same run.</summary>
[Collection(Heavy.Name)]
public sealed partial class MemoryPinSpecs(ITestOutputHelper output)
{
    private const int Clients = 200, SmallAnswer = 1024, LargeAnswer = 100_000_000;

    [RequiresToolFact("ss", "haproxy", Root = "ss(8) shows the process of a socket to root alone")]
    public async Task Clients_that_do_not_read_hold_no_more_than_with_haproxy()
    {
        using var server = OddServer.That(Serve);
        using var folder = new TestFolder();
        var (edgeAt, haproxyAt) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        await using var haproxy = new BackgroundProcess(Tool.Locate("haproxy"), "-db", "-f", folder.Write("haproxy.cfg", $"""
            global
              maxconn 2000
            defaults
              mode tcp
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend f
              bind {haproxyAt}
              default_backend b
            backend b
              server s {server.EndPoint} send-proxy-v2

            """));
        await using var edge = EdgeProcess.Start("run", "-c", folder.Write("edge.conf", $$"""
            edge {
              listeners { tls { bind = "{{edgeAt}}", rate-limit = off } }
              routes { "pin.test" = b, "good.test" = b }
              backends { b { servers = ["{{server.EndPoint}}"], health.enabled = off } }
              limits.pinned-memory = off
            }
            """));
        await EdgeProcess.Listening(edge);
        await Eventually.True(() => Loopback.IsListening(haproxyAt), () => haproxy.Err.Text);

        var quiet = await P99OfGoodClients(edgeAt);
        var ofHaproxy = await Pin(haproxyAt, haproxy.Id, static () => Task.CompletedTask);
        var beside = TimeSpan.MaxValue;
        var ofEdge = await Pin(edgeAt, edge.Id, async () => beside = await P99OfGoodClients(edgeAt));

        output.WriteLine($"{Clients} clients that do not read: Edge holds {ofEdge >> 20} MiB, HAProxy {ofHaproxy >> 20} MiB; p99 of good "
            + $"clients: {beside.TotalMilliseconds:F1} ms, without the others {quiet.TotalMilliseconds:F1} ms");
        Assert.True(ofHaproxy > 100L << 20, $"HAProxy holds {ofHaproxy >> 20} MiB only: the clients were not served");
        Assert.True(ofEdge <= 1.2 * ofHaproxy, $"Edge's sockets and pipes hold {ofEdge >> 20} MiB, HAProxy's {ofHaproxy >> 20}");
        Assert.True(beside <= (1.5 * quiet) + TimeSpan.FromMilliseconds(5), $"p99 of good clients: {beside}, without the others {quiet}");
    }

    /// <summary>Of 800 MiB a tenth: those that do not read hold three times as much.</summary>
    [RequiresMemoryGroupFact]
    public async Task At_the_limit_stalled_clients_are_reset_and_slow_ones_go_on()
    {
        const int Stalled = 100, Slow = 10;
        using var server = OddServer.That(Serve);
        using var folder = new TestFolder();
        var control = folder.File("ctl.sock");
        await using var group = new MemoryGroup(800 << 20);
        await using var edge = group.Start(EdgeProcess.Command("run", "-c", folder.Write("edge.conf", $$"""
            edge {
              listeners { tls { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "pin.test" = b }
              backends { b { servers = ["{{server.EndPoint}}"], health.enabled = off } }
              limits.pinned-memory = 10%
              control.socket = "{{control}}"
            }
            """)));
        var at = await EdgeProcess.Listening(edge);
        var clients = new List<Socket>();
        using var stop = new CancellationTokenSource();
        try
        {
            for (var i = 0; i < Slow + Stalled; i++)
            {
                clients.Add(await Client.Connect(at));
                await clients[^1].SendAsync(HelloBytes.ForName("pin.test"));
            }
            var slow = clients.Take(Slow).Select(client => ReadSlowly(client, stop.Token)).ToArray();
            // Until the last look: what is held then is under the limit.
            await edge.Out.WaitFor("stalled ones are reset (MEMORY)");
            var status = default(JsonElement);
            await Eventually.True(
                () => (status = StatusOf(control)) is var now
                    && now.GetProperty("pinned").GetInt64() is var pinned and > 0 && pinned < now.GetProperty("pinned_limit").GetInt64(),
                () => $"too much is held: {status}");
            await stop.CancelAsync();
            await Task.WhenAll(slow);
            var ended = status.GetProperty("ended").EnumerateArray()
                .Single(static end => end.GetProperty("reason").GetString() == "MEMORY");
            Assert.Equal("edge", ended.GetProperty("side").GetString());
            Assert.InRange(ended.GetProperty("connections").GetInt32(), 1, Stalled);
            Assert.DoesNotContain(
                clients.Take(Slow), client => edge.Out.Lines.Any(line => LogLine.Is(line, "CLOSE", client.LocalEndPoint!)));
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }
    }

    /// <summary>16 KiB 20 times a second: less than a stalled client moves in its first second, far more than it does afterwards.</summary>
    private static Task ReadSlowly(Socket client, CancellationToken stop) => GoodClients.Start(() =>
    {
        var buffer = new byte[16 * 1024];
        while (!stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50)))
            Assert.NotEqual(0, client.Receive(buffer));
    });

    private static JsonElement StatusOf(string control) => JsonDocument.Parse(
        EdgeProcess.Run("ctl", "--socket", control, "--json", "status").GetAwaiter().GetResult().ShouldSucceed().Out).RootElement;

    private static async Task Serve(Socket socket)
    {
        var buffer = new byte[1 << 20];
        var length = await socket.ReceiveAsync(buffer);
        var size = buffer.AsSpan(0, length).IndexOf("good.test"u8) >= 0 ? SmallAnswer : LargeAnswer;
        for (var sent = 0; sent < size;)
            sent += await socket.SendAsync(buffer.AsMemory(0, Math.Min(buffer.Length, size - sent)));
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What is held once it changes no more.</summary>
    private static async Task<long> Pin(IPEndPoint proxy, int process, Func<Task> meanwhile)
    {
        var clients = new List<Socket>();
        try
        {
            for (var i = 0; i < Clients; i++)
            {
                clients.Add(await Client.Connect(proxy));
                await clients[^1].SendAsync(HelloBytes.ForName("pin.test"));
            }
            await meanwhile();
            var (held, unchanged) = (0L, 0);
            await Eventually.True(
                () => (unchanged = held == (held = KernelMemory(process)) ? unchanged + 1 : 0) > 5,
                () => $"memory still changes, now {held}");
            return held;
        }
        finally
        {
            clients.ForEach(static client => client.Dispose());
        }
    }

    /// <summary>The best of three rounds, as pauses of the machine add time.</summary>
    private static async Task<TimeSpan> P99OfGoodClients(IPEndPoint edge)
    {
        var rounds = new List<TimeSpan>();
        for (var round = 0; round < 3; round++)
            rounds.Add(await P99OfOneRound(edge));
        return rounds.Min();
    }

    /// <summary>One after the other, as a p99 of a busy machine is that of its scheduler.</summary>
    private static async Task<TimeSpan> P99OfOneRound(IPEndPoint edge)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < 400; i++)
        {
            var since = Stopwatch.GetTimestamp();
            using var client = await Client.Connect(edge, "127.0.0.2");
            await client.SendAsync(HelloBytes.ForName("good.test"));
            Assert.Equal(SmallAnswer, await Client.ReadToEnd(client));
            times.Add(Stopwatch.GetElapsedTime(since));
        }
        times.Sort();
        return times[^4];
    }

    /// <summary>Receive and send queues of the process's sockets, memory allocated ahead, and the bytes in its pipes.</summary>
    private static long KernelMemory(int process)
    {
        var sockets = Tool.Run("ss", "-tmnpHO", "state", "established").GetAwaiter().GetResult().ShouldSucceed().Out.Split('\n')
            .Where(line => line.Contains($"pid={process},", StringComparison.Ordinal))
            .Select(static line => Skmem().Match(line))
            .Sum(static m => m.Groups.Values.Skip(1).Sum(static group => long.Parse(group.ValueSpan)));
        // Each pipe has two descriptors.
        return sockets + (Directory.GetFiles($"/proc/{process}/fd")
            .Where(static fd => File.ResolveLinkTarget(fd, false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) == true)
            .Sum(PipeBytes) / 2);
    }

    private static long PipeBytes(string path)
    {
        using var pipe = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = 0;
        return IoControl(pipe, 0x541B, ref bytes) == 0 ? bytes : 0;
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int IoControl(Microsoft.Win32.SafeHandles.SafeFileHandle file, nuint request, ref int value);

    [GeneratedRegex(@"skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+)")]
    private static partial Regex Skmem();
}
