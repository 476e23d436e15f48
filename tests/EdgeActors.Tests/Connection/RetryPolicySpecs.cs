using EdgeActors.Connection;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

public class RetryPolicySpecs
{
    private static readonly BackendSettings Three = TestSettings.Backend(retries: 3);

    [Theory]
    [InlineData(CloseReason.ConnectRefused)]
    [InlineData(CloseReason.ConnectTimeout)]
    [InlineData(CloseReason.ConnectUnreachable)]
    public void A_servers_own_failure_leads_to_another_at_once(CloseReason failure) =>
        Assert.Equal(RetryStep.OtherServer, RetryPolicy.After(Three, 1, failure, otherServer: true));

    [Fact]
    public void The_only_server_is_dialled_again_after_a_pause() =>
        Assert.Equal(RetryStep.StartOver, RetryPolicy.After(Three, 1, CloseReason.ConnectRefused, otherServer: false));

    [Fact]
    public void What_this_machine_lacks_is_waited_for_whatever_servers_there_are() =>
        Assert.Equal(RetryStep.StartOver, RetryPolicy.After(Three, 1, CloseReason.LocalResource, otherServer: true));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Three_retries_are_four_attempts(bool otherServer)
    {
        Assert.NotEqual(RetryStep.GiveUp, RetryPolicy.After(Three, 3, CloseReason.ConnectRefused, otherServer));
        Assert.Equal(RetryStep.GiveUp, RetryPolicy.After(Three, 4, CloseReason.ConnectRefused, otherServer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_next_address_is_dialled_before_another_server_and_counts_as_a_retry(bool redispatch)
    {
        var backend = Three with { Pool = Three.Pool with { Redispatch = redispatch } };
        RetryStep After(int attempts, CloseReason failure = CloseReason.ConnectRefused) =>
            RetryPolicy.After(backend, attempts, failure, otherServer: true, nextAddress: true);
        Assert.Equal([RetryStep.NextAddress, RetryStep.NextAddress, RetryStep.GiveUp], [After(1), After(3), After(4)]);
        Assert.NotEqual(RetryStep.NextAddress, After(1, CloseReason.LocalResource));
    }

    [Fact]
    public void Without_retries_the_first_failure_is_the_last() =>
        Assert.Equal(
            RetryStep.GiveUp, RetryPolicy.After(TestSettings.Backend(retries: 0), 1, CloseReason.ConnectRefused, otherServer: true));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_redispatch_it_stays_with_its_server_to_the_last(bool otherServer)
    {
        var backend = Three with { Pool = Three.Pool with { Redispatch = false } };
        Assert.Equal(RetryStep.SameServer, RetryPolicy.After(backend, 1, CloseReason.ConnectRefused, otherServer));
        Assert.Equal(RetryStep.SameServer, RetryPolicy.After(backend, 3, CloseReason.ConnectRefused, otherServer));
        Assert.Equal(RetryStep.GiveUp, RetryPolicy.After(backend, 4, CloseReason.ConnectRefused, otherServer));
    }
}
