using EdgeActors.Health;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Health;

public class PeerAdviceSpecs
{
    private readonly PeerHealth _peers = new(TimeSpan.FromSeconds(10), new ManualTime());

    private static readonly BackendSettings Backend = TestSettings.Backend() with { Health = TestSettings.Health() with { Rise = 3 } };
    private readonly ServerModel _server = Backend.ToPool().Servers[0];

    private ServerHealth _health = ServerHealth.Known(Backend.Health, up: true);

    private void Report(bool up) =>
        _peers.Apply(new PeerReport("b", [new ServerEvidence("web", "s0", TestSettings.Server(0).ToString(), up, null, 1)]));

    private (bool Advised, bool Up) Check(bool passed, bool shortensFall = true)
    {
        var advised = new PeerAdvice(_peers, shortensFall).Apply(_health, Backend, _server, passed);
        _health = (advised ?? _health).Counted(passed, Backend.Health, DateTimeOffset.UnixEpoch);
        return (advised is not null, _health.Up);
    }

    [Fact]
    public void A_failed_check_of_a_server_that_others_see_down_takes_it_down()
    {
        Report(up: false);
        Assert.Equal((true, false), Check(passed: false));
    }

    [Fact]
    public void Without_a_failed_check_of_its_own_a_server_stays_up()
    {
        Report(up: false);
        Assert.Equal((false, true), Check(passed: true));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void It_takes_all_failed_checks_where_others_see_it_up_or_are_not_to_be_heard(bool up, bool shortensFall)
    {
        Report(up);
        Assert.Equal((false, true), Check(passed: false, shortensFall));
        Assert.Equal((false, true), Check(passed: false, shortensFall));
        Assert.Equal((false, false), Check(passed: false, shortensFall));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_young_node_takes_a_server_that_others_see_up_at_its_next_good_check(bool first)
    {
        _health = ServerHealth.Initial(Backend.Health, up: false);
        if (!first)
            Assert.Equal((false, false), Check(passed: true));
        Report(up: true);
        Assert.Equal((true, true), Check(passed: true));
    }

    [Fact]
    public void A_server_that_went_down_here_has_to_rise_here()
    {
        Report(up: true);
        for (var i = 0; i < Backend.Health.Fall; i++)
            Check(passed: false);
        Assert.False(_health.Up);
        Assert.Equal((false, false), Check(passed: true));
        Assert.Equal((false, false), Check(passed: true));
        Assert.Equal((false, true), Check(passed: true));
    }
}
