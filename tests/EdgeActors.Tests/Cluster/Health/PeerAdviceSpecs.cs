using EdgeActors.Cluster.Health;
using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;

namespace EdgeActors.Tests.Cluster.Health;

public class PeerAdviceSpecs
{
    private readonly PeerHealth _peers = new(TimeSpan.FromSeconds(10), new ManualTime());

    private static ProbeTarget Target(HealthState state) =>
        new("web", new BackendServer(0, "s0", TestSettings.Server(0)), TestSettings.Health(), state);

    private void Learn(bool up) =>
        _peers.Learn(new PeerReport("b", [new ServerEvidence("web", "s0", TestSettings.Server(0).ToString(), up, null, 1)]));

    private (bool Taken, HealthChange Change) Check(ProbeTarget target, bool passed, bool shortensFall = true)
    {
        var taken = new PeerAdvice(_peers, shortensFall).Take(target, passed);
        return (taken, passed ? target.State.Succeeded() : target.State.Failed("x"));
    }

    [Fact]
    public void A_failed_check_of_a_server_that_others_see_down_takes_it_down()
    {
        Learn(up: false);
        Assert.Equal((true, HealthChange.Down), Check(Target(HealthState.Known(2, 3, up: true)), passed: false));
    }

    [Fact]
    public void Without_a_failed_check_of_its_own_a_server_stays_up()
    {
        Learn(up: false);
        var target = Target(HealthState.Known(2, 3, up: true));
        Assert.Equal((false, HealthChange.None), Check(target, passed: true));
        Assert.True(target.State.IsUp);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void It_takes_all_failed_checks_where_others_see_it_up_or_are_not_to_be_heard(bool up, bool shortensFall)
    {
        Learn(up);
        var target = Target(HealthState.Known(2, 3, up: true));
        Assert.Equal((false, HealthChange.None), Check(target, passed: false, shortensFall));
        Assert.Equal((false, HealthChange.None), Check(target, passed: false, shortensFall));
        Assert.Equal((false, HealthChange.Down), Check(target, passed: false, shortensFall));
    }

    [Fact]
    public void A_young_node_takes_a_server_that_others_see_up_at_its_first_good_check()
    {
        var alone = Target(new HealthState(3, 3, InitialHealth.Down));
        Assert.Equal((false, HealthChange.None), Check(alone, passed: true));
        Learn(up: true);
        Assert.Equal((true, HealthChange.Up), Check(Target(new HealthState(3, 3, InitialHealth.Down)), passed: true));
        // Heard of only after the first one.
        Assert.Equal((true, HealthChange.Up), Check(alone, passed: true));
    }

    [Fact]
    public void A_server_that_went_down_here_has_to_rise_here()
    {
        Learn(up: true);
        var target = Target(HealthState.Known(2, 1, up: true));
        Assert.Equal(HealthChange.Down, Check(target, passed: false).Change);
        target.Record.Publish(target.Record.Status with { Up = false, Since = DateTimeOffset.UnixEpoch });
        Assert.Equal((false, HealthChange.None), Check(target, passed: true));
        Assert.Equal((false, HealthChange.Up), Check(target, passed: true));
    }
}
