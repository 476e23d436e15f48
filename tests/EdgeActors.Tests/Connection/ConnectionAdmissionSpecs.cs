using Akka.Actor;
using Akka.TestKit;
using EdgeActors.Admission;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>Who is let in: the lists, the limiter and what stands in for it, connections at once. The test is all but the
/// connections.</summary>
public sealed partial class ConnectionAdmissionSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    /// <summary>In virtual time. Three of them exceed the router's timeout.</summary>
    private static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(2);
    private static readonly AddressKey Client = AddressKey.From(new FakeLink().Client.Address);

    private readonly TestProbe _router;
    private readonly TestProbe _limiter;
    private readonly LiveConnections _live = new();
    private readonly EdgeMeters _meters = new();
    private readonly EdgeLog _log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
    private readonly BackendSettings _backend = TestSettings.Backend();
    private readonly Peeks _peeks = new();
    private readonly ManualTime _time = new();
    private readonly PendingDecisions _pending;
    private ListenerSettings _listener = TestSettings.Listener();
    private ListenerAdmission? _admission;

    public ConnectionAdmissionSpecs()
    {
        _router = CreateTestProbe();
        _limiter = CreateTestProbe();
        _pending = new PendingDecisions(AdmissionTimeout, _time);
    }

    private sealed class Peeks : IPeekQueue
    {
        private int _offered;

        public int Offered => Volatile.Read(ref _offered);

        public bool Offer(PeekRequest request)
        {
            Interlocked.Increment(ref _offered);
            return true;
        }

        public void Complete()
        {
        }
    }

    private ListenerAdmission Node => _admission ??= new ListenerAdmission(_listener, TimeProvider.System);

    private (IActorRef Actor, FakeLink Link) Start()
    {
        var link = new FakeLink();
        var services = new ConnectionServices(_router, _limiter, _pending, _live, _log, _meters, TimeProvider.System);
        var context = new ConnectionContext(services, 0, _listener, _peeks, Node);
        var connection = Watch(Sys.ActorOf(ConnectionActor.Props(new IdleActors(capacity: 0))));
        connection.Tell(new Accepted(link, context));
        return (connection, link);
    }

    /// <summary>Its hello has come, and the router has answered: all that is missing is the limiter.</summary>
    private void Peeked(IActorRef connection)
    {
        connection.Tell(new PeekResult(
            new PeekRequest(
                new FakeLink(), connection), CloseReason.None, new ClientHello { ServerName = "a.example", Sni = SniState.Present }));
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(TestSettings.Routes(_backend, "a.example").Find("a.example"));
    }

    private void ExpectEnd(IActorRef connection, FakeLink link, CloseReason reason)
    {
        ExpectTerminated(connection, Soon);
        Assert.Equal(reason.Facts().Mode, link.Mode);
        Assert.True(_meters.ClosedTotal(reason) > 0, reason.ToString());
    }

    /// <summary>Everything sent before is handled when this is answered.</summary>
    private void Settled(IActorRef connection)
    {
        // Not by the test's own actor, which hears of the ends of all of them.
        var asker = CreateTestProbe();
        connection.Tell(new Identify(1), asker);
        asker.ExpectMsg<ActorIdentity>(Soon);
    }

    private void AwaitOverdue(Func<bool> condition) => AwaitCondition(
        () =>
        {
            _time.Advance(AdmissionTimeout);
            return condition();
        },
        Soon);

    [Fact]
    public void A_client_on_the_deny_list_is_dropped_before_anybody_is_asked()
    {
        Assert.True(Cidr.TryParse("192.0.2.0/24", out var network, out _));
        _listener = TestSettings.Listener(
            TestSettings.RateLimit(maxConnections: 1)) with { Access = new AccessList([new AccessRule(network, true)], false) };
        var (connection, link) = Start();
        ExpectEnd(connection, link, CloseReason.Denied);
        Assert.Equal(CloseMode.SilentDrop, link.Mode);
        Assert.Equal((0, 0), (_peeks.Offered, Node.OpenAddresses));
        _limiter.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(0, _live.Count);
    }

    [Fact]
    public void The_limiter_is_asked_about_the_clients_network()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit() with { Key = new PrefixLengths(24, 64) });
        Start();
        Assert.Equal("192.0.2.0", _limiter.ExpectMsg<RateQuery>(Soon).Address.ToAddress().ToString());
    }

    [Fact]
    public void A_connection_too_many_is_dropped_until_another_one_has_ended()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: null, maxConnections: 2));
        var (first, firstLink) = Start();
        Start();
        AwaitCondition(() => _peeks.Offered == 2, Soon);
        var (third, thirdLink) = Start();
        ExpectEnd(third, thirdLink, CloseReason.TooManyConnections);
        Assert.Equal(CloseMode.SilentDrop, thirdLink.Mode);

        firstLink.Close(CloseReason.ClientReset, CloseMode.Reset);
        ExpectTerminated(first, Soon);
        Start();
        AwaitCondition(() => _peeks.Offered == 3, Soon);
        _limiter.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void However_connections_end_none_stays_counted()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(maxConnections: 100));
        var refused = Start();
        _limiter.ExpectMsg<RateQuery>(Soon);
        _limiter.Reply(RateAnswer.No);
        var crashed = Start();
        crashed.Actor.Tell(Kill.Instance);
        var stopped = Start();
        Sys.Stop(stopped.Actor);
        var ended = Start();
        // Before it listens to its link, it would not hear of the end.
        Settled(ended.Actor);
        ended.Link.Close(CloseReason.Finished, CloseMode.Close);
        foreach (var (actor, _) in new[] { refused, crashed, stopped, ended })
            AwaitCondition(() => !_live.Records.Any(record => record.Connection.Equals(actor)), Soon);
        AwaitCondition(() => Node.OpenAddresses == 0, Soon);
        Assert.Equal(1, _meters.ClosedTotal(CloseReason.RateLimited));
        Assert.Equal(1, _meters.ClosedTotal(CloseReason.Finished));
    }

    [Fact]
    public void A_limiter_that_is_silent_is_replaced_by_this_nodes_own_table_which_refuses_the_51st()
    {
        _listener = TestSettings.Listener(
            TestSettings.RateLimit() with { Per = TimeSpan.FromMinutes(10), Expire = TimeSpan.FromMinutes(20) });
        for (var i = 1; i <= 51; i++)
        {
            var (connection, link) = Start();
            Peeked(connection);
            AwaitOverdue(() => link.Connects > 0 || link.Reason != CloseReason.None);
            Assert.Equal((i, i <= 50 ? 1 : 0), (i, link.Connects));
            if (i == 51)
                ExpectEnd(connection, link, CloseReason.RateLimited);
        }
        Assert.Equal((51, 1), (_meters.AdmissionTimeoutsTotal, Node.DecidedAlone));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_answer_that_comes_late_changes_nothing(bool admitted)
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: 1));
        var (let, link) = Start();
        _limiter.ExpectMsg<RateQuery>(Soon);
        Peeked(let);
        AwaitOverdue(() => link.Connects == 1);
        _limiter.Reply(admitted ? RateAnswer.Yes : RateAnswer.No);
        Settled(let);
        Assert.Equal((1, CloseReason.None), (link.Connects, link.Reason));

        var (refused, refusedLink) = Start();
        _limiter.ExpectMsg<RateQuery>(Soon);
        Peeked(refused);
        AwaitOverdue(() => refusedLink.Reason != CloseReason.None);
        _limiter.Reply(RateAnswer.Yes);
        ExpectEnd(refused, refusedLink, CloseReason.RateLimited);
        Assert.Equal(0, refusedLink.Connects);
    }

    [Fact]
    public void What_a_shared_entity_decides_is_counted_here_too_and_holds_when_it_is_lost()
    {
        // Longer than all of it takes on a busy machine.
        _listener = TestSettings.Listener(
            TestSettings.RateLimit(limit: 2) with { Per = TimeSpan.FromMinutes(10), Expire = TimeSpan.FromMinutes(30) });
        void Answered(RateAnswer answer, bool admitted)
        {
            var (connection, link) = Start();
            Peeked(connection);
            _limiter.ExpectMsg<RateQuery>(Soon);
            _limiter.Reply(answer);
            if (admitted)
                AwaitCondition(() => link.Connects == 1, Soon);
            else
                ExpectEnd(connection, link, CloseReason.RateLimited);
        }

        Answered(RateAnswer.SharedYes, true);
        Answered(RateAnswer.SharedNo, false);
        // The other nodes know better than this one, which has seen three by now.
        Answered(RateAnswer.SharedYes, true);
        Answered(RateAnswer.YoungYes, false);
        Answered(RateAnswer.Alone, false);
        Assert.Equal(5u, Node.RateAlone(Client));
    }

    [Fact]
    public void Where_nobody_can_be_asked_this_node_admits_by_its_own_limit()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: 1));
        var (let, link) = Start();
        _limiter.ExpectMsg<RateQuery>(Soon);
        _limiter.Reply(RateAnswer.Alone);
        Peeked(let);
        AwaitCondition(() => link.Connects == 1, Soon);
        var (refused, refusedLink) = Start();
        _limiter.ExpectMsg<RateQuery>(Soon);
        _limiter.Reply(RateAnswer.Alone);
        ExpectEnd(refused, refusedLink, CloseReason.RateLimited);
        Assert.Equal(0, _meters.AdmissionTimeoutsTotal);
    }

    [Fact]
    public void Who_waits_for_the_router_after_that_is_counted_once()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: 1));
        var (connection, link) = Start();
        connection.Tell(new PeekResult(
            new PeekRequest(
                new FakeLink(), connection), CloseReason.None, new ClientHello { ServerName = "a.example", Sni = SniState.Present }));
        AwaitOverdue(() => link.Reason != CloseReason.None);
        ExpectEnd(connection, link, CloseReason.Internal);
        Assert.Equal(1, _meters.AdmissionTimeoutsTotal);
    }

    /// <summary>The real limiter, held up: what it counts later it counts for itself.</summary>
    [Fact]
    public void A_shard_that_answers_late_has_counted_each_connection_once()
    {
        _listener = TestSettings.Listener(TestSettings.RateLimit(limit: 3));
        var shard = Sys.ActorOf(RateLimitActor.Props(0, new ShardTables(new RateLimits([_listener.RateLimit]), TimeProvider.System)));
        for (var i = 0; i < 2; i++)
        {
            var (connection, link) = Start();
            Peeked(connection);
            AwaitOverdue(() => link.Connects == 1);
        }
        for (var i = 0; i < 2; i++)
            shard.Tell(_limiter.ExpectMsg<RateQuery>(Soon), _limiter.LastSender);
        shard.Tell(new RateQuery(0, Client), TestActor);
        Assert.True(ExpectMsg<RateAnswer>(Soon).Admitted);
        shard.Tell(new RateQuery(0, Client), TestActor);
        Assert.False(ExpectMsg<RateAnswer>(Soon).Admitted);
        Assert.True(Node.AdmitsAlone(Client));
        Assert.False(Node.AdmitsAlone(Client));
    }
}
