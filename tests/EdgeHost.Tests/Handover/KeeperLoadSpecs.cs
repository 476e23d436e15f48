using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>kill -9 while streams run, every byte of which is checked. EDGE_SOAK_STREAMS and EDGE_SOAK_KILLS make it a soak: 2,000 and 100
/// take eight minutes.</summary>
[Collection(Heavy.Name)]
public sealed class KeeperLoadSpecs(ITestOutputHelper output) : KeeperHarness
{
    private static readonly int Streams = Setting("EDGE_SOAK_STREAMS", 200), Kills = Setting("EDGE_SOAK_KILLS", 5);

    [LinuxFact]
    public async Task No_stream_that_goes_on_misses_a_byte()
    {
        using var streams = new CheckedStreams { MayBeReset = true };
        const string Plain = "proxy-protocol = off, health { enabled = off }";
        var backends = $"web {{ servers = [\"{streams.EndPoint}\"], {Plain}, timeouts.tunnel = 30m }}\n"
            + $"echo {{ servers = [\"{Server.EndPoint}\"], {Plain} }}";
        const string More = "routes { \"b.test\" = echo }\nlimits.pinned-memory = off";
        await using var edge = await StartedWithKeeper(backends: backends, more: More);
        for (var i = 0; i < Streams; i++)
            await streams.Open(Listener, i, MoveLoadSpecs.KindOf(i));
        await Kept(Streams);
        using var ending = new CancellationTokenSource();
        var refused = new ConcurrentQueue<string>();
        var load = Load(refused, ending.Token);
        var random = new Random(1);
        var (waits, rests) = (new List<TimeSpan>(), new List<int>());
        streams.TakeLongestWaits();
        for (var i = 1; i <= Kills; i++)
        {
            await Task.Delay(random.Next(1500, 4000), CancellationToken.None);
            await Crash(edge);
            // Until the pings that were waiting are back.
            await Task.Delay(1000, CancellationToken.None);
            waits.AddRange(streams.TakeLongestWaits());
            rests.Add(After(edge.Out.Lines.Last(static line => line.Contains("has ended unexpectedly", StringComparison.Ordinal))));
        }
        await ending.CancelAsync();
        await load;
        await streams.Finish();
        waits.Sort();
        rests.Sort();
        static bool IsLost(string line) => LogLine.Is(line, "CLOSE") && new LogLine(line) is var close
            && close["reason"] == "CRASHED" && close["sni"] == "a.test";
        var lost = edge.Out.Lines.Count(IsLost);
        output.WriteLine($"{Streams} streams, {streams.Bytes >> 20} MiB, {Kills} kills: {streams.Reset} reset, {lost} logged as "
            + "lost; longest wait of a "
            + $"ping: p50 {waits[waits.Count / 2].TotalMilliseconds:F0} ms, p99 {waits[waits.Count * 99 / 100].TotalMilliseconds:F0} "
            + $"ms; recovery: p50 {rests[rests.Count / 2]} ms, max {rests[^1]} ms; {refused.Count} connection(s) refused or not answered");
        Assert.True(streams.Faults.Count == 0, string.Join('\n', streams.Faults.Take(20)));
        Assert.True(refused.IsEmpty, string.Join('\n', refused.Take(5)));
        Assert.Equal(lost, streams.Reset);
        Assert.InRange(streams.Reset, 0, Streams * Kills / 1000);
    }

    /// <summary>Short connections that begin and end meanwhile. One that a kill meets is lost; none may be refused.</summary>
    private async Task Load(ConcurrentQueue<string> refused, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                using var client = await Client.Connect(Listener);
                await Client.Exchange(client, EdgeActors.Tests.Protocol.HelloBytes.ForName("b.test"));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                refused.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {e.Message}");
            }
            catch (OperationCanceledException)
            {
                refused.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} no answer within {Eventually.Deadline.TotalSeconds:F0} s");
            }
            catch (Exception e) when (e is SocketException or Xunit.Sdk.XunitException)
            {
                // A kill has met it.
            }
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>"... continue after N ms ..."</summary>
    private static int After(string line) =>
        int.Parse(line.Split(" after ")[1].Split(' ')[0], CultureInfo.InvariantCulture);

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : usual;
}
