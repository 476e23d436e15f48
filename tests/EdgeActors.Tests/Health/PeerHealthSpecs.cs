using System.Net;
using EdgeActors.Health;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Health;

public class PeerHealthSpecs
{
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly PeerHealth _peers;

    public PeerHealthSpecs() => _peers = new PeerHealth(Expiry, _time);

    private static ServerEvidence Seen(bool up, string server = "s0", int index = 0) =>
        new("web", server, TestSettings.Server(index).ToString(), up, null, 3);

    private PeerOpinion Opinion => _peers.Of("web", "s0", TestSettings.Server(0));

    private void Report(string node, params ServerEvidence[] servers) => _peers.Apply(new PeerReport(node, servers));

    [Fact]
    public void Nobody_knows_of_a_server_until_somebody_says_so()
    {
        Assert.Equal((0, 0, null), (Opinion.Up, Opinion.Down, Opinion.Words));
        Report("b", Seen(up: true));
        Assert.Equal((true, false, "up on 1 of 1"), (Opinion.IsUp, Opinion.IsDown, Opinion.Words));
    }

    [Fact]
    public void A_report_takes_the_place_of_the_node_s_last_one()
    {
        Report("b", Seen(up: true));
        Report("b", Seen(up: false));
        Assert.Equal(new PeerOpinion(0, 1), Opinion);
        Report("b");
        Assert.Equal(new PeerOpinion(0, 0), Opinion);
    }

    [Fact]
    public void One_that_sees_it_up_outweighs_those_that_see_it_down()
    {
        Report("b", Seen(up: false));
        Report("c", Seen(up: true));
        Assert.Equal((true, false, "up on 1 of 2"), (Opinion.IsUp, Opinion.IsDown, Opinion.Words));
    }

    [Fact]
    public void The_same_name_at_another_address_is_another_server()
    {
        Report("b", Seen(up: false, index: 1));
        Assert.Equal(default, Opinion);
    }

    [Fact]
    public void A_report_counts_until_it_is_as_old_as_it_may_be()
    {
        Report("b", Seen(up: true));
        _time.Advance(Expiry - TimeSpan.FromTicks(1));
        Assert.Equal(1, Opinion.Up);
        Assert.Equal(["b"], _peers.Nodes);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(0, Opinion.Up);
        Assert.Empty(_peers.Nodes);
    }

    [Fact]
    public void A_node_that_has_left_counts_no_more()
    {
        Report("b", Seen(up: true));
        Report("c", Seen(up: true));
        _peers.Forget("b");
        Assert.Equal(1, Opinion.Up);
    }

    [Fact]
    public void So_many_nodes_are_kept_and_no_more()
    {
        for (var i = 0; i <= PeerHealth.MaxNodes; i++)
            Report($"n{i}", Seen(up: true));
        Assert.Equal(PeerHealth.MaxNodes, Opinion.Up);
        Assert.DoesNotContain("n0", _peers.Nodes);
    }

    [Fact]
    public void A_report_has_the_servers_that_were_checked()
    {
        var routes = TestSettings.Routes(TestSettings.Backend(), "x");
        Assert.Empty(PeerReport.Of("a", routes).Servers);
        Check(routes.Backends[0], DateTimeOffset.UnixEpoch);
        Check(routes.Backends[0], DateTimeOffset.UnixEpoch);
        var report = PeerReport.Of("a", routes);
        Assert.Equal([new ServerEvidence("web", "s0", "198.51.100.1:9000", false, DateTimeOffset.UnixEpoch, 2)], report.Servers);
    }

    [LinuxFact]
    public void A_report_has_no_unix_sockets()
    {
        using var at = new UnixServer();
        var pool = (TestSettings.Backend() with { Servers = [
            new ServerSettings("s0", at.EndPoint), new ServerSettings("s1", TestSettings.Server(1))] }).ToPool();
        Check(pool, DateTimeOffset.UnixEpoch);
        Assert.Equal("s1", Assert.Single(PeerReport.Of("a", new RouteSnapshot(RouteTable.Empty, [pool])).Servers).Server);
    }

    [Fact]
    public void A_report_has_an_end()
    {
        var pools = Enumerable.Range(0, PeerReport.MaxServers / BackendSettings.MaxServers + 1)
            .Select(i => TestSettings.Backend($"b{i}", BackendSettings.MaxServers).ToPool()).ToList();
        pools.ForEach(pool => Check(pool, DateTimeOffset.UnixEpoch));
        Assert.Equal(PeerReport.MaxServers, PeerReport.Of("a", new RouteSnapshot(RouteTable.Empty, pools)).Servers.Count);
    }

    private static void Check(BackendPool pool, DateTimeOffset now)
    {
        foreach (var server in pool.Servers)
            server.State.Health = server.State.Health!.Counted(passed: false, pool.Settings.Health, now);
    }

    [Fact]
    public void It_is_this_node_s_fault_when_none_of_a_backend_is_up_here_and_one_is_elsewhere()
    {
        var pool = TestSettings.Backend(servers: 2).ToPool();
        Report("b", Seen(up: true), Seen(up: false, "s1", 1));
        Assert.Empty(LocalFaults.Of(pool, _peers));
        pool = pool.With(0, up: false);
        Assert.Empty(LocalFaults.Of(pool, _peers));
        pool = pool.With(1, up: false);
        Assert.Equal(["s0"], LocalFaults.Of(pool, _peers));
        Report("b", Seen(up: false), Seen(up: false, "s1", 1));
        Assert.Empty(LocalFaults.Of(pool, _peers));
    }
}
