using System.Globalization;
using System.Net;

namespace EdgeHost.Tests.Pair;

/// <summary>Two nodes that are a cluster behind a floating IP: what clients notice of a crash, a cut cable, and a restart.</summary>
public sealed class ClusteredPairSpecs(ITestOutputHelper output)
{
    private const int Some = 200;

    /// <summary>Neither is one of the load's.</summary>
    private static readonly IPAddress s_client = IPAddress.Parse("10.88.15.1"), s_another = IPAddress.Parse("10.88.15.2");

    /// <summary>How long cables are cut: what it takes to see it and to decide, and more where somebody asks for it.</summary>
    private static readonly TimeSpan s_cut = TimeSpan.FromSeconds(Asked("EDGE_PAIR_CUT_SECONDS", 15));

    [RequiresPairFact]
    public async Task A_client_of_both_nodes_has_its_limit_once()
    {
        await using var clustered = await ClusteredPair.Start("10s");
        await clustered.ShouldLimit(s_client);
    }

    [RequiresPairFact]
    public async Task A_node_that_is_killed_is_missed_for_less_than_a_second()
    {
        await using var clustered = await ClusteredPair.Start();
        var (active, standby) = await clustered.Pair.Active();
        var established = await clustered.Pair.Connect(standby, 20);
        await using var load = Load.ToFloatingIp(clustered.Pair.Network);
        await load.Goes(Some);
        await active.Edge.Signal("KILL");
        await standby.ShouldBecome("active");
        await load.Goes(Some);
        // The one with the lowest address goes on with the cluster; the other one waits for it, and counts for itself meanwhile.
        await EdgePair.Until(
            async () => await ClusteredPair.Members(standby) == (standby.Name == "a" ? 1 : null), () => standby.Edge.Out.Text);
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveNoLongerGapThan(TimeSpan.FromSeconds(1));
        await EdgePair.Exchange(established);

        await active.StartEdge();
        await clustered.Together();
        await EdgePair.Exchange(established);
    }

    [RequiresPairTheory]
    [InlineData("pulled out")]
    [InlineData("one way, a hears nothing")]
    [InlineData("one way, b hears nothing")]
    public async Task A_cut_cable_between_the_nodes_is_nothing_to_clients_and_heals_by_itself(string how)
    {
        await using var clustered = await ClusteredPair.Start("1s");
        var pair = clustered.Pair;
        var established = await Task.WhenAll(pair.Nodes.Select(node => pair.Connect(node, 10)));
        var before = await pair.Active();
        // Each node by its own address, and whoever has the floating one.
        IPEndPoint[] targets = [.. pair.Nodes.Select(static node => node.EndPoint), new(PairNetwork.FloatingIp, EdgePair.Port)];
        await using var load = Load.Start(pair.Network, 100, i => targets[i % targets.Length]);
        await load.Goes(Some);

        var since = DateTime.UtcNow;
        await Cut(pair.Network, how, cut: true);
        await EdgePair.Until(
            async () =>
                DateTime.UtcNow - since > s_cut
                    && (await ClusteredPair.Members(pair.A), await ClusteredPair.Members(pair.B)) is (1, _) or (_, 1), () => Story(pair));
        await load.Goes(Some);
        await Cut(pair.Network, how, cut: false);
        await clustered.Together();
        await load.Goes(Some);

        var report = await load.Stop();
        output.WriteLine($"{how}: {report}, whole again {(DateTime.UtcNow - since - s_cut).TotalSeconds:F0} s after the cable");
        report.ShouldHaveNoFailure();
        foreach (var clients in established)
            await EdgePair.Exchange(clients);
        Assert.Equal(before, await pair.Active());
        await clustered.ShouldLimit(s_client);
    }

    [RequiresPairFact]
    public async Task Cluster_systems_that_are_killed_one_after_the_other_cost_no_connection()
    {
        var times = Asked("EDGE_PAIR_KILLS", 4);
        await using var clustered = await ClusteredPair.Start();
        var pair = clustered.Pair;
        IPEndPoint[] targets = [.. pair.Nodes.Select(static node => node.EndPoint), new(PairNetwork.FloatingIp, EdgePair.Port)];
        await using var load = Load.Start(pair.Network, 100, i => targets[i % targets.Length]);
        await load.Goes(Some);
        for (var i = 0; i < times; i++)
        {
            var node = pair.Nodes[i % 2];
            var before = await ClusteredPair.Incarnation(node);
            await node.Ctl("cluster restart --now");
            await EdgePair.Until(async () => await ClusteredPair.Incarnation(node) > before, () => Story(pair));
            await clustered.Together();
        }
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveNoFailure();
    }

    [RequiresPairFact]
    public async Task A_rolling_restart_keeps_the_door_open_and_forgets_no_blocked_client()
    {
        await using var clustered = await ClusteredPair.Start("1s");
        var pair = clustered.Pair;
        await clustered.ShouldLimit(s_client);
        await using var load = Load.ToFloatingIp(pair.Network, 50);
        await load.Goes(Some);
        for (var i = 0; i < 2; i++)
        {
            var (active, standby) = await pair.Active();
            await active.Edge.Signal("TERM");
            await standby.ShouldBecome("active");
            // What the other one has counted comes ahead of its shards.
            var gone = active.Edge.Exit();
            for (var last = false; !last;)
            {
                last = gone.IsCompleted;
                Assert.False(await clustered.Admits(standby, s_client), last ? "the one that stays has forgotten" : "it does not know yet");
            }
            Assert.Equal(0, await gone);
            await active.StartEdge();
            await clustered.Together();
            // A question that is asked while its shard moves is lost, and its client waits for admission-timeout, here 1 s.
            await clustered.Settle(s_client);
            await active.ShouldBeEligible();
            Assert.Equal((standby, active), await pair.Active());
            foreach (var node in pair.Nodes)
                Assert.False(await clustered.Admits(node, s_client), $"{node.Name} has forgotten");
        }
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveCutNobody();
        await clustered.ShouldLimit(s_another);
    }

    /// <summary>More of what takes long, where somebody asks for it.</summary>
    private static int Asked(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static Task Cut(PairNetwork network, string how, bool cut) => how switch
    {
        "pulled out" => network.PairLink("a", plugged: !cut),
        "one way, a hears nothing" => network.Deafen("a", cut),
        _ => network.Deafen("b", cut),
    };

    private static string Story(EdgePair pair) =>
        string.Join("\n\n", pair.Nodes.Select(static node => $"{node.Name}:\n{node.Edge.Out.Text}"));
}
