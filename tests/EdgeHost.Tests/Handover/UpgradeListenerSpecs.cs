using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Handover;

/// <summary>Upgrades that change listeners, while clients connect to an address that remains.</summary>
[Collection(Heavy.Name)]
public sealed class UpgradeListenerSpecs : UpgradeHarness
{
    private const int ASecond = 200, AtOnce = 100;

    [LinuxTheory]
    [InlineData("reactors = 1")]
    [InlineData("reactors = 2")]
    [InlineData("kind = sockets")]
    public async Task No_client_of_a_remaining_address_is_refused(string transport)
    {
        using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        probe.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        var (port, elsewhere) = (((IPEndPoint)probe.LocalEndPoint!).Port, Loopback.NextEndPoint());
        probe.Dispose();
        string[] arrangements =
        [
            $"https.bind = \"127.0.0.1:{port}\"",
            $"https.bind = \"0.0.0.0:{port}\"",
            $"https.bind = \"*:{port}\"",
            $"https.bind = \"[::]:{port}\", other {{ bind = \"0.0.0.0:{port}\", rate-limit = off }}",
            $"https.bind = \"{elsewhere}\", other {{ bind = \"*:{port}\", rate-limit = off }}",
            $"https.bind = \"{elsewhere}\", other {{ bind = \"0.0.0.0:{port}\", rate-limit = off }}",
            $"https.bind = \"127.0.0.1:{port}\"",
        ];
        Task<BackgroundProcess> Start(int i) => Started(transport, $"{i}", more: $"listeners {{ {arrangements[i]} }}");
        var edge = await Start(0);
        using var ending = new CancellationTokenSource();
        using var room = new SemaphoreSlim(AtOnce);
        var (faults, served) = (new ConcurrentQueue<string>(), 0);
        var load = Task.Run(async () =>
        {
            var running = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ASecond));
            while (!ending.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
            {
                await room.WaitAsync();
                running.Add(Once());
            }
            await Task.WhenAll(running);
        });
        for (var i = 1; i < arrangements.Length; i++)
        {
            var (old, before) = (edge, Volatile.Read(ref served));
            edge = await Start(i);
            await edge.Out.WaitFor("upgrade: taken over");
            await Eventually.True(() => Volatile.Read(ref served) > before + ASecond / 2 || !faults.IsEmpty, () => "the load stands still");
            Assert.Equal(0, await old.Exit());
            Assert.Equal("", old.Err.Text);
            await old.DisposeAsync();
        }
        await ending.CancelAsync();
        await load;
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(20)) + "\n" + edge.Out.Text);
        // Addresses that are not in the last configuration are closed now.
        await Eventually.True(() => !Loopback.IsListening(new IPEndPoint(IPAddress.Any, port)), () => "0.0.0.0 is open still");
        await edge.DisposeAsync();

        async Task Once()
        {
            try
            {
                using var client = await Client.Connect(new IPEndPoint(IPAddress.Loopback, port));
                await Client.Exchange(client, Hello);
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
