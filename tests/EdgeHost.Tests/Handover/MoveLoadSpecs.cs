using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Upgrades while streams run, every byte of which is checked. EDGE_SOAK_STREAMS and EDGE_SOAK_UPGRADES make it a soak: 2,000 and
/// 20 take some minutes.</summary>
[Collection(Heavy.Name)]
public sealed class MoveLoadSpecs(ITestOutputHelper output) : UpgradeHarness, IAsyncDisposable
{
    private static readonly int Streams = Setting("EDGE_SOAK_STREAMS", 240), Upgrades = Setting("EDGE_SOAK_UPGRADES", 3);
    private static readonly int ASecond = Setting("EDGE_SOAK_RATE", 100);

    private const int AtOnce = 100;

    private readonly List<BackgroundProcess> _started = [];

    /// <summary>Also if the spec fails.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var edge in _started)
            await edge.DisposeAsync();
        Dispose();
    }

    [LinuxTheory]
    [InlineData("reactors = 2", "reactors = 2")]
    [InlineData("kind = sockets", "kind = sockets")]
    [InlineData("reactors = 2", "kind = sockets")]
    public async Task No_stream_misses_a_byte_and_no_client_is_refused(string one, string other)
    {
        using var streams = new CheckedStreams();
        string Backends() =>
            $"web {{ servers = [\"{streams.EndPoint}\"], proxy-protocol = off, health {{ enabled = off }}, timeouts.tunnel = 10m }}\n"
            + $"echo {{ servers = [\"{Server.EndPoint}\"], proxy-protocol = off, health {{ enabled = off }} }}";
        // 2,000 streams of which many are not read are too much for the default, which ends some of them as MEMORY.
        var more = "routes { \"b.test\" = echo }\nlimits.pinned-memory = off";
        var edge = await Started(one, "0", Backends(), more);
        _started.Add(edge);
        for (var i = 0; i < Streams; i++)
            await streams.Open(Listener, i, KindOf(i));
        using var ending = new CancellationTokenSource();
        var (faults, served) = (new ConcurrentQueue<string>(), 0);
        var load = Task.Run(() => Load(ending.Token));
        var waits = new List<TimeSpan>();
        streams.TakeLongestWaits();
        for (var i = 1; i <= Upgrades; i++)
        {
            var (old, before) = (edge, Volatile.Read(ref served));
            edge = await Started(i % 2 == 0 ? one : other, $"{i}", Backends(), more);
            _started.Add(edge);
            await old.Out.WaitFor("has taken over");
            var since = Stopwatch.GetTimestamp();
            Assert.Equal(0, await old.Exit());
            var took = Stopwatch.GetElapsedTime(since);
            waits.AddRange(streams.TakeLongestWaits());
            output.WriteLine($"upgrade {i}: old ended after {took.TotalMilliseconds:F0} ms; "
                + string.Join("; ", edge.Out.Lines.Where(static line => line.Contains("of the process before", StringComparison.Ordinal))));
            Assert.Contains(old.Out.Lines, static line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
            Assert.All(
                old.Out.Lines.Where(static line => LogLine.Is(line, "CLOSE")),
                static line => Assert.True(new LogLine(line)["reason"] == "FINISHED", line));
            await Eventually.True(() => Volatile.Read(ref served) > before + ASecond / 2 || !faults.IsEmpty, () => "the load stands still");
        }
        await ending.CancelAsync();
        await load;
        await streams.Finish();
        waits.Sort();
        output.WriteLine($"{Streams} streams, {streams.Bytes >> 20} MiB, {served} connections beside them; longest wait of a ping in an upgrade: "
            + $"p50 {At(0.5):F0} ms, p99 {At(0.99):F0} ms, max {At(1):F0} ms");
        Assert.True(
            faults.IsEmpty && streams.Faults.Count == 0,
            string.Join('\n', faults.Concat(streams.Faults).Take(20)) + "\n" + edge.Out.Text[..Math.Min(4000, edge.Out.Text.Length)]);

        // One line for the whole life, written by the last process.
        await Eventually.True(
            () =>
                edge.Out.Lines.Count(static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["sni"] == "a.test") >= Streams, () =>
                    "a CLOSE line is missing");

        double At(double share) => waits.Count == 0 ? 0 : waits[Math.Min(waits.Count - 1, (int)(waits.Count * share))].TotalMilliseconds;

        async Task Load(CancellationToken end)
        {
            using var room = new SemaphoreSlim(AtOnce);
            var running = new List<Task>();
            var since = Stopwatch.GetTimestamp();
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                await room.WaitAsync(CancellationToken.None);
                running.Add(Once(room));
                var due = TimeSpan.FromSeconds((i + 1) / (double)ASecond) - Stopwatch.GetElapsedTime(since);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due, CancellationToken.None);
            }
            await Task.WhenAll(running);
        }

        async Task Once(SemaphoreSlim room)
        {
            try
            {
                using var client = await Client.Connect(Listener);
                await Client.Exchange(client, EdgeActors.Tests.Protocol.HelloBytes.ForName("b.test"));
                await Exchange(client, "and a word more");
                client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                Assert.Equal(0, await client.ReceiveAsync(new byte[1]));
                Interlocked.Increment(ref served);
            }
            catch (Exception e)
            {
                faults.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {e.GetType().Name}: {e.Message}");
            }
            finally
            {
                room.Release();
            }
        }
    }

    internal static StreamKind KindOf(int number) => (number % 40) switch
    {
        < 1 => StreamKind.Bulk,
        < 2 => StreamKind.Ping,
        < 4 => StreamKind.BlockedClient,
        < 5 => StreamKind.BlockedServer,
        < 7 => StreamKind.HalfClosed,
        _ => StreamKind.Slow,
    };

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : usual;
}
