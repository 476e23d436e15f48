using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>Two nodes that know nothing of each other, each with the keepalived of <c>docker/keepalived</c>: who has the address, when, and
/// what clients see of a change.</summary>
public sealed class FloatingIpSpecs(ITestOutputHelper output)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Enough to have gone well for a second at the usual pace.</summary>
    private const int Some = 200;

    [RequiresPairFact]
    public async Task A_node_that_is_killed_loses_the_address_within_a_second_and_does_not_take_it_back()
    {
        await using var pair = await EdgePair.Start();
        var (active, standby) = await pair.Active();
        var established = await pair.Connect(standby, 20);
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);

        await active.Edge.Signal("KILL");
        await standby.ShouldBecome("active");
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveNoLongerGapThan(Second);
        await EdgePair.Exchange(established);

        var changes = await Changes(standby);
        await active.StartEdge();
        await active.ShouldBecome("standby");
        Assert.Equal((standby, active), await pair.Active());
        Assert.Equal(changes, await Changes(standby));
        await EdgePair.Exchange(established);
    }

    [RequiresPairTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_order_to_stop_moves_the_address_first_so_that_nobody_finds_a_closed_door(bool seesAddress)
    {
        await using var pair = await EdgePair.Start(seesAddress: seesAddress);
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);
        // Both of them once, one after the other, as for a new version.
        for (var i = 0; i < 2; i++)
        {
            var (active, standby) = await pair.Active();
            await active.Edge.Signal("TERM");
            Assert.Equal(0, await active.Edge.Exit());
            Assert.Contains(
                active.Edge.Out.Lines, static line => line.EndsWith("the floating IP is with the other node", StringComparison.Ordinal));
            await standby.ShouldBecome("active");
            await load.Goes(Some);
            await active.StartEdge();
            await active.ShouldBeEligible();
            Assert.Equal((standby, active), await pair.Active());
        }
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveCutNobody();
    }

    [RequiresPairTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_process_that_was_replaced_before_anybody_noticed_hands_the_address_over_all_the_same(bool seesAddress)
    {
        await using var pair = await EdgePair.Start(seesAddress: seesAddress);
        var (active, standby) = await pair.Active();
        foreach (var node in pair.Nodes)
        {
            var transitions = Transitions(node);
            await node.ReplaceEdgeUnnoticed();
            var floatingIp = await node.Ctl("floating-ip");
            Assert.Equal(
                (node == active ? "active" : "standby", seesAddress ? "address" : "told"),
                (floatingIp.GetProperty("floating_ip").GetString(), floatingIp.GetProperty("source").GetString()));
            Assert.Equal(transitions, Transitions(node));
        }
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);
        await active.Edge.Signal("TERM");
        Assert.Equal(0, await active.Edge.Exit());
        Assert.Contains(
            active.Edge.Out.Lines, static line => line.EndsWith("the floating IP is with the other node", StringComparison.Ordinal));
        await standby.ShouldBecome("active");
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveCutNobody();
    }

    [RequiresPairFact]
    public async Task A_node_whose_servers_are_all_down_gives_the_address_away()
    {
        await using var pair = await EdgePair.Start();
        var (active, standby) = await pair.Active();
        await pair.Network.ServersFrom(active.Name, reachable: false);
        Assert.Equal((standby, active), await Until(pair, standby));
        await using (var load = Load.ToFloatingIp(pair.Network))
        {
            await load.Goes(Some);
            (await load.Stop()).ShouldHaveNoFailure();
        }
        // Back again, it is as good as the other one, which is no reason to move anything.
        var changes = await Changes(standby);
        await pair.Network.ServersFrom(active.Name, reachable: true);
        await Log(active, "VRRP_Script(ready) succeeded", times: 2);
        Assert.Equal((standby, active), await pair.Active());
        Assert.Equal(changes, await Changes(standby));
    }

    [RequiresPairFact]
    public async Task What_is_down_for_both_moves_nothing_and_takes_nothing_from_the_rest()
    {
        await using var pair = await EdgePair.Start();
        var (active, standby) = await pair.Active();
        var changes = (await Changes(active), await Changes(standby));
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);
        pair.StopOther();
        foreach (var node in pair.Nodes)
            await Log(node, "VRRP_Script(ready) failed", times: 1);
        await load.Goes(Some);
        var after = await pair.Active();
        // The one that notices sooner may hand over to the one that notices later, but no more than that.
        Assert.InRange(
            await Changes(after.Active) + await Changes(after.Standby), changes.Item1 + changes.Item2, changes.Item1 + changes.Item2 + 2);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveFoundNoClosedDoor();
    }

    [RequiresPairFact]
    public async Task A_cable_that_is_pulled_out_costs_less_than_a_second()
    {
        await using var pair = await EdgePair.Start();
        var (active, standby) = await pair.Active();
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);
        await pair.Network.PublicLink(active.Name, plugged: false);
        await standby.ShouldBecome("active");
        await load.Goes(Some);
        await active.ShouldBecome("fault");
        await pair.Network.PublicLink(active.Name, plugged: true);
        Assert.Equal((standby, active), await Until(pair, standby));
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveNoLongerGapThan(Second);
    }

    [RequiresPairFact]
    public async Task Without_its_keepalived_a_node_has_no_address()
    {
        await using var pair = await EdgePair.Start();
        var (active, standby) = await pair.Active();
        await using var load = Load.ToFloatingIp(pair.Network);
        await load.Goes(Some);
        await active.StopKeepalived("TERM");
        await standby.ShouldBecome("active");
        await active.ShouldBecome("fault");
        await load.Goes(Some);
        var report = await load.Stop();
        output.WriteLine(report.ToString());
        report.ShouldHaveNoLongerGapThan(Second);
    }

    private static int Transitions(PairNode node) => node.KeepalivedLog.Split(" STATE").Length;

    private static async Task<long> Changes(PairNode node) => (await node.Ctl("floating-ip")).GetProperty("changes").GetInt64();

    /// <summary>Waits until this one has the address.</summary>
    private static async Task<(PairNode Active, PairNode Standby)> Until(EdgePair pair, PairNode wanted)
    {
        await wanted.ShouldBecome("active");
        return await pair.Active();
    }

    private static Task Log(PairNode node, string text, int times) => Eventually.True(
        () => node.KeepalivedLog.Split(text).Length > times, () => $"no '{text}' in\n{node.KeepalivedLog}");
}
