using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>How long clients wait for the next server of a pool.</summary>
[Collection(Heavy.Name)]
public sealed class RefusalCostSpecs(ITestOutputHelper output)
{
    [Fact]
    public async Task A_server_that_refuses_costs_no_client_more_than_a_moment()
    {
        const int Count = 1000;
        var dead = Loopback.NextEndPoint();
        using var live = PoolSpecs.Greeter();
        await using var edge = await PoolSpecs.Start($"servers = [\"{dead}\", \"{live.EndPoint}\"]");
        var refusals = new double[100];
        for (var i = 0; i < refusals.Length; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            var since = Stopwatch.GetTimestamp();
            Assert.Throws<SocketException>(() => socket.Connect(dead));
            refusals[i] = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        }
        // The first ones pay for the compiler.
        const int First = 100;
        var clients = new List<(EndPoint Self, double Milliseconds)>();
        for (var i = 0; i < First + Count; i++)
        {
            var since = Stopwatch.GetTimestamp();
            using var socket = await PoolSpecs.Ask(edge);
            Assert.True(await PoolSpecs.IsGreeted(socket), $"connection {i} failed");
            clients.Add((socket.LocalEndPoint!, Stopwatch.GetElapsedTime(since).TotalMilliseconds));
        }
        await edge.ShouldHoldNothing();
        var retries = edge.Log.Lines.Where(line => LogLine.Is(line, "CLOSE")).Select(line => new LogLine(line))
            .ToLookup(line => line["client"], line => line["retries"]);
        double[] TimesOf(string how) => [.. clients.Skip(First)
            .Where(client => Assert.Single(retries[client.Self.ToString()!]) == how).Select(client => client.Milliseconds).Order()];
        var (straight, moved) = (TimesOf("0"), TimesOf("1"));
        Assert.Equal((Count / 2, Count / 2), (straight.Length, moved.Length));

        Array.Sort(refusals);
        output.WriteLine($"refused connect: {Shown(refusals)}");
        output.WriteLine(
            $"{Count} clients, connect to first byte; the live server at once: {Shown(straight)}; after a refusal: {Shown(moved)}");
        var (usual, usualMoved, refusal) = (straight[straight.Length / 2], moved[moved.Length / 2], refusals[refusals.Length / 2]);
        Assert.True(usualMoved < usual + refusal + 5, $"a refusal costs {usualMoved - usual:F2} ms");
        // On an idle machine the slowest is within 5 ms of a refusal; this leaves room for a busy one, and none for a pause of retry-delay.
        Assert.True(moved[^1] < refusals[^1] + 500, $"the slowest took {moved[^1]:F2} ms");
        Assert.All(edge.Node.State.Routes.Current.Backends.Single().Servers, static server => Assert.Equal(0, server.State.Connections));
    }

    private static string Shown(double[] sorted) =>
        $"median {sorted[sorted.Length / 2]:F2} ms, 99 % {sorted[sorted.Length * 99 / 100]:F2} ms, slowest {sorted[^1]:F2} ms";
}
