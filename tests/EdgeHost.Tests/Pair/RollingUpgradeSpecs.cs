using System.Net;
using System.Net.Sockets;
using EdgeHost.Tests.Handover;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>Both nodes of a clustered pair get a new process, one after the other, and clients of the floating IP notice nothing.</summary>
public sealed class RollingUpgradeSpecs(ITestOutputHelper output)
{
    private const int Streams = 50, ASecond = 50, StreamPort = 9002;

    private static readonly IPAddress s_limited = IPAddress.Parse("10.88.15.1");

    private static readonly StreamKind[] s_kinds =
        [StreamKind.Ping, StreamKind.Slow, StreamKind.Bulk, StreamKind.HalfClosed, StreamKind.BlockedClient, StreamKind.BlockedServer];

    [RequiresPairTheory]
    [InlineData("restart")]
    [InlineData("upgrade.socket")]
    public async Task It_does_not_move_the_address_and_cuts_nothing(string how)
    {
        await using var clustered = await ClusteredPair.Start("1s", $$"""
            routes."a.test" = streams
            backends.streams { servers = ["{{PairNetwork.Servers[0]}}:{{StreamPort}}"], health { enabled = off } }
            """);
        var pair = clustered.Pair;
        using var streams = new CheckedStreams(SocketAt(pair.Network.ServerPlace, new IPEndPoint(PairNetwork.Servers[0], StreamPort)));
        await clustered.ShouldLimit(s_limited);
        var (active, standby) = await pair.Active();
        foreach (var node in pair.Nodes)
        {
            await node.ShouldBeEligible();
            node.WatchAddresses();
        }
        var keepalived = pair.Nodes.Select(static node => node.KeepalivedEvents).ToArray();
        for (var i = 0; i < Streams; i++)
        {
            var client = SocketAt(pair.Network.Client, new IPEndPoint(PairNetwork.ClientAddress(i), 0));
            await client.ConnectAsync(new IPEndPoint(PairNetwork.FloatingIp, EdgePair.Port));
            await streams.Open(client, i, s_kinds[i % s_kinds.Length]);
        }
        await using var load = Load.ToFloatingIp(pair.Network, ASecond);
        await load.Goes(ASecond);
        streams.TakeLongestWaits();
        foreach (var node in (PairNode[])[standby, active])
        {
            await (how == "restart" ? node.Restart() : node.Upgrade());
            await ShouldBeLimited(clustered);
            await load.Goes(5 * ASecond);
            Assert.Equal((active, standby), await pair.Active());
        }
        var waits = streams.TakeLongestWaits();
        await streams.Finish();
        var report = await load.Stop();
        output.WriteLine($"{report}; {streams.Bytes / 1e6:F0} MB in {Streams} streams, longest wait {waits.Max().TotalMilliseconds:F0} ms");
        Assert.True(streams.Faults.Count == 0, string.Join('\n', streams.Faults) + Story(pair));
        Assert.True(report.Failed.Count == 0, $"{report}\n{Story(pair)}");
        Assert.Equal(keepalived, pair.Nodes.Select(static node => node.KeepalivedEvents));
        Assert.All(pair.Nodes, static node => Assert.Empty(node.AddressChanges));
        var errors = Story(pair).Split('\n').Where(static line => line.Contains("ERROR", StringComparison.Ordinal)).ToList();
        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    /// <summary>What the previous process has counted is with the other node, once the new one has joined it.</summary>
    private static async Task ShouldBeLimited(ClusteredPair clustered)
    {
        await clustered.Together();
        await clustered.Settle(s_limited);
        foreach (var node in clustered.Nodes)
            Assert.False(await clustered.Admits(node, s_limited), $"{node.Name} has forgotten a client\n{Story(clustered.Pair)}");
    }

    private static Socket SocketAt(string place, IPEndPoint endPoint) => NetworkNamespaces.In(place, () =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(endPoint);
        return socket;
    });

    private static string Story(EdgePair pair) =>
        string.Join("\n\n", pair.Nodes.Select(static node => $"{node.Name}:\n{node.EdgeLog}\n{node.KeepalivedLog}"));
}
