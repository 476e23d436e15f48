using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

public sealed partial class ConnectionActorSpecs
{
    private IActorRef InQueue(TimeSpan timeout)
    {
        _backend = _backend with { Pool = TestSettings.Pooling() with { Queue = new QueueSettings(8, timeout) } };
        var connection = Start();
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(new Queued(_backend));
        return connection;
    }

    [Fact]
    public void A_connection_in_the_queue_is_dialled_when_it_is_told_of_a_server()
    {
        InQueue(Soon).Tell(To(1));
        AwaitCondition(() => _link.Connects == 1, Soon);
        Assert.Equal(0, Assert.Single(_live.Records).Retries);
    }

    [Fact]
    public void A_connection_that_waits_for_too_long_is_closed() =>
        ExpectEnd(InQueue(TimeSpan.FromMilliseconds(50)), CloseReason.QueueTimeout, CloseMode.Close);

    [Fact]
    public void A_client_that_leaves_the_queue_is_gone()
    {
        var connection = InQueue(Soon * 6);
        _link.Left = true;
        ExpectEnd(connection, CloseReason.ClientGoneQueued, CloseMode.Close);
    }

    [Fact]
    public void Nobody_is_dialled_for_a_client_that_has_left_meanwhile()
    {
        var connection = InQueue(Soon * 6);
        _link.Left = true;
        connection.Tell(To(1));
        ExpectEnd(connection, CloseReason.ClientGoneQueued, CloseMode.Close);
        Assert.Equal(0, _link.Connects);
    }

    [Fact]
    public void A_full_queue_ends_the_connection()
    {
        var connection = Start();
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(new QueueFull("web"));
        ExpectEnd(connection, CloseReason.QueueFull, CloseMode.Close);
    }

    [Fact]
    public void A_connection_that_was_refused_may_wait_for_another_server()
    {
        var connection = Dialling();
        _link.Handler!.ConnectFailed(_link, CloseReason.ConnectRefused);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(new Queued(_backend));
        connection.Tell(To(1));
        AwaitCondition(() => _link.Connects == 2, Soon);
        Assert.Equal(1, Assert.Single(_live.Records).Retries);
    }

    [Fact]
    public void Without_redispatch_it_asks_for_the_same_server_and_keeps_its_place_there()
    {
        _backend = _backend with { Pool = TestSettings.Pooling() with { Redispatch = false } };
        var connection = Start();
        Peeked(connection);
        var to = To(0);
        var lease = _router.ExpectMsg<RouteQuery>(Soon).Lease!;
        Assert.True(lease.TryTake(to.Server.State, null));
        _router.Reply(to);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            var connects = attempt;
            AwaitCondition(() => _link.Connects == connects, Soon);
            _link.Handler!.ConnectFailed(_link, CloseReason.ConnectRefused);
            Assert.Equal(0UL, _router.ExpectMsg<RouteQuery>(Soon).Tried);
            Assert.Equal(1, to.Server.State.Connections);
            _router.Reply(to);
        }
        AwaitCondition(() => _link.Connects == 4, Soon);
        _link.Handler!.ConnectFailed(_link, CloseReason.ConnectRefused);
        ExpectEnd(connection, CloseReason.ConnectRefused, CloseMode.Close);
        Assert.Equal(0, to.Server.State.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_server_is_given_back_however_it_ends(bool crash)
    {
        var connection = Start();
        Peeked(connection);
        var to = To(0);
        var lease = _router.ExpectMsg<RouteQuery>(Soon).Lease!;
        Assert.True(lease.TryTake(to.Server.State, null));
        _router.Reply(to);
        AwaitCondition(() => _link.Connects == 1, Soon);
        if (crash)
            Sys.Stop(connection);
        else
            _link.Close(CloseReason.ClientReset, CloseMode.Reset);
        ExpectTerminated(connection, Soon);
        Assert.Equal(0, to.Server.State.Connections);
    }

    [Fact]
    public void An_admission_after_its_time_changes_nothing()
    {
        var connection = Start(limited: true);
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(To(0));
        AwaitOverdue(() => _link.Connects == 1);
        connection.Tell(RateAnswer.Yes);
        connection.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(Soon);
        Assert.Equal(1, _link.Connects);
    }
}
