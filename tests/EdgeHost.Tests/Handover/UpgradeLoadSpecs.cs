using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Upgrades while clients come and go.</summary>
[Collection(Heavy.Name)]
public sealed class UpgradeLoadSpecs(ITestOutputHelper output) : UpgradeHarness
{
    private const int ASecond = 200, Upgrades = 6;

    /// <summary>Where the machine has no time for that many a second, fewer come.</summary>
    private const int AtOnce = 100;

    /// <summary>From reactors to the same, to fewer, to more, and to the portable transport and back.</summary>
    [Fact]
    public async Task Nobody_is_refused_or_reset_while_processes_take_over_from_each_other_under_load()
    {
        string[] transports = [
            "reactors = 2", "reactors = 2", "reactors = 1", "reactors = 3", "kind = sockets", "reactors = 2", "reactors = 2"
        ];
        var edge = await Started(transports[0], "one");
        var held = new List<Socket> { await Joined() };
        using var ending = new CancellationTokenSource();
        using var room = new SemaphoreSlim(AtOnce);
        var faults = new ConcurrentQueue<string>();
        var served = 0;
        var load = Task.Run(async () =>
        {
            var running = new List<Task>();
            var since = Stopwatch.GetTimestamp();
            for (var i = 0; !ending.IsCancellationRequested; i++)
            {
                await room.WaitAsync();
                running.Add(Once());
                var due = TimeSpan.FromSeconds((i + 1) / (double)ASecond) - Stopwatch.GetElapsedTime(since);
                if (due > TimeSpan.Zero)
                    await Task.Delay(due);
            }
            await Task.WhenAll(running);
        });
        var plain = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested)
            {
                try
                {
                    if ((await Http.Get(Health, "/ready")).Status is not HttpStatusCode.OK and var status)
                        faults.Enqueue($"/ready says {status}");
                }
                catch (Exception e)
                {
                    faults.Enqueue($"/ready: {e.Message}");
                }
                await Task.Delay(20);
            }
        });

        var olds = new List<BackgroundProcess>();
        for (var i = 1; i <= Upgrades; i++)
        {
            var old = edge;
            var before = Volatile.Read(ref served);
            edge = await Started(transports[i], $"{i + 1}");
            olds.Add(old);
            await old.Out.WaitFor("has taken over");
            await edge.Out.WaitFor("upgrade: taken over");
            held.Add(await Joined());
            await Eventually.True(() => Volatile.Read(ref served) > before + ASecond / 2 || !faults.IsEmpty, () => "the load stands still");
        }
        await ending.CancelAsync();
        await load;
        await plain;
        output.WriteLine($"{served} connections over {Upgrades} upgrades, {faults.Count} faults");
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(20)) + "\n" + edge.Out.Text);

        // Each process has passed on what it had, and has ended.
        for (var i = 0; i < held.Count; i++)
        {
            await Exchange(held[i], $"still there {i}");
            held[i].Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await Client.ReadToEnd(held[i]));
            held[i].Dispose();
            if (i < olds.Count)
            {
                Assert.Equal(0, await olds[i].Exit());
                Assert.Equal("", olds[i].Err.Text);
                Assert.Contains(
                    olds[i].Out.Lines, static line => line.EndsWith("drained, no connection was cut", StringComparison.Ordinal));
                Assert.DoesNotContain(
                    olds[i].Out.Lines, static line => LogLine.Is(line, "CLOSE") && new LogLine(line)["reason"] != "FINISHED");
                await olds[i].DisposeAsync();
            }
        }
        await edge.DisposeAsync();
        Assert.False(File.Exists(Control));

        async Task Once()
        {
            try
            {
                using var client = await Client.Connect(Listener);
                await Client.Exchange(client, Hello);
                await Exchange(client, "and a word more");
                client.Shutdown(SocketShutdown.Send);
                // A reset would throw.
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
}
