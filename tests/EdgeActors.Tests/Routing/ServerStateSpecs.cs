using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Routing;

public sealed class ServerStateSpecs : EdgeTestKit
{
    private const int Limit = 3;

    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly ServerState _server = TestSettings.Backend().ToPool().Servers[0].State;

    public ServerStateSpecs() => _server.Observe(TestActor, Limit);

    private void NotTaken(int times, CloseReason failure = CloseReason.ConnectRefused)
    {
        for (var i = 0; i < times; i++)
            _server.OnConnectFailed(failure);
    }

    [Fact]
    public void The_probe_is_told_at_the_limit_and_then_they_count_anew()
    {
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.Zero);
        NotTaken(1, CloseReason.ConnectTimeout);
        Assert.Equal(new ConnectionsFailed(Limit, CloseReason.ConnectTimeout), ExpectMsg<ConnectionsFailed>(Soon));
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.Zero);
        NotTaken(1);
        ExpectMsg<ConnectionsFailed>(Soon);
    }

    [Fact]
    public void One_that_is_taken_in_between_starts_the_count_anew()
    {
        NotTaken(Limit - 1);
        _server.OnConnected();
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void What_this_machine_lacks_is_not_the_servers_error()
    {
        NotTaken(10 * Limit, CloseReason.LocalResource);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void From_many_threads_at_once_none_is_lost_that_comes_after_the_limit()
    {
        Parallel.For(0, 1000, _ => _server.OnConnectFailed(CloseReason.ConnectRefused));
        ExpectMsg<ConnectionsFailed>(Soon);
    }

    [Fact]
    public void Without_a_probe_nothing_is_counted()
    {
        _server.StopObserving(TestActor);
        NotTaken(Limit);
        _server.Observe(TestActor, Limit);
        NotTaken(Limit - 1);
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        // A probe that has stopped does not end what the next one observes.
        _server.StopObserving(CreateTestProbe());
        NotTaken(1);
        ExpectMsg<ConnectionsFailed>(Soon);
    }
}
