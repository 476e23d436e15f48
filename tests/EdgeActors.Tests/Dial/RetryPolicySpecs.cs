using EdgeActors.Dial;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Dial;

public class RetryPolicySpecs
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
    private static readonly RetryPolicy Three = new(3, Delay);

    [Fact]
    public void Another_server_is_dialled_at_once() =>
        Assert.Equal(new RetryDecision(RetryStep.OtherServer, TimeSpan.Zero), Three.After(1, CloseReason.ConnectRefused, otherServer: true));

    [Fact]
    public void The_only_server_is_dialled_again_after_a_pause() =>
        Assert.Equal(new RetryDecision(RetryStep.StartOver, Delay), Three.After(1, CloseReason.ConnectRefused, otherServer: false));

    [Theory]
    [InlineData(CloseReason.ConnectRefused)]
    [InlineData(CloseReason.ConnectTimeout)]
    [InlineData(CloseReason.ConnectUnreachable)]
    public void A_servers_own_failure_leads_to_another(CloseReason failure) =>
        Assert.Equal(RetryStep.OtherServer, Three.After(1, failure, otherServer: true).Step);

    [Fact]
    public void What_this_machine_lacks_is_waited_for_whatever_servers_there_are() =>
        Assert.Equal(new RetryDecision(RetryStep.StartOver, Delay), Three.After(1, CloseReason.LocalResource, otherServer: true));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Three_retries_are_four_attempts(bool otherServer)
    {
        Assert.NotEqual(RetryStep.GiveUp, Three.After(3, CloseReason.ConnectRefused, otherServer).Step);
        Assert.Equal(new RetryDecision(RetryStep.GiveUp, TimeSpan.Zero), Three.After(4, CloseReason.ConnectRefused, otherServer));
    }

    [Fact]
    public void Without_retries_the_first_failure_is_the_last() =>
        Assert.Equal(RetryStep.GiveUp, new RetryPolicy(0, Delay).After(1, CloseReason.ConnectRefused, otherServer: true).Step);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_redispatch_it_stays_with_its_server_to_the_last(bool otherServer)
    {
        var policy = Three with { Redispatch = false };
        Assert.Equal(new RetryDecision(RetryStep.SameServer, Delay), policy.After(1, CloseReason.ConnectRefused, otherServer));
        Assert.Equal(new RetryDecision(RetryStep.SameServer, Delay), policy.After(3, CloseReason.ConnectRefused, otherServer));
        Assert.Equal(RetryStep.GiveUp, policy.After(4, CloseReason.ConnectRefused, otherServer).Step);
    }
}
