using Akka.Actor;
using Akka.TestKit;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>Every way of a connection through its states, with the test as transport, router, limiter and peek flow.</summary>
public sealed partial class ConnectionActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    /// <summary>In virtual time. Three of them exceed the router's timeout.</summary>
    private static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(2);

    private readonly TestProbe _router;
    private readonly TestProbe _limiter;
    private readonly FakeLink _link = new();
    private readonly Peeks _peeks = new();
    private readonly LiveConnections _live = new();
    private readonly ManualTime _time = new();
    private readonly EdgeMeters _meters = new();
    private readonly EdgeLog _log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
    private BackendSettings _backend = TestSettings.Backend(servers: 2);

    public ConnectionActorSpecs()
    {
        _router = CreateTestProbe();
        _limiter = CreateTestProbe();
    }

    private sealed class Peeks : IPeekQueue
    {
        public bool Full { get; set; }

        public volatile PeekRequest? Request;

        public bool Offer(PeekRequest request)
        {
            Request = request;
            return !Full;
        }

        public void Complete()
        {
        }
    }

    private IActorRef Start(bool limited = false, string? trusted = null, RefusalSettings? refusals = null)
    {
        var connection = Watch(Sys.ActorOf(ConnectionActor.Props(_idle)));
        connection.Tell(new Accepted(_link, ContextOf(limited, trusted, refusals)));
        AwaitCondition(() => _peeks.Request is not null, Soon);
        return connection;
    }

    private ConnectionContext ContextOf(bool limited, string? trusted = null, RefusalSettings? refusals = null)
    {
        var services = new ConnectionServices(
            _router, _limiter, new PendingDecisions(AdmissionTimeout, _time), _live, _log, _meters, TimeProvider.System);
        var listener = Listener(limited, trusted, refusals);
        return new ConnectionContext(services, 0, listener, _peeks, new ListenerAdmission(listener, TimeProvider.System));
    }

    private void Peeked(IActorRef connection, string? name = "demo.fiscalismia.com", SniState sni = SniState.Present) => connection.Tell(
        new PeekResult(_peeks.Request!, CloseReason.None, new ClientHello { ServerName = name, Sni = sni }));

    private RouteTo To(int server) => (RouteTo)TestSettings.Routes(_backend, "x").With("web", 1 - server, up: false).Find("x");

    private void ExpectEnd(IActorRef connection, CloseReason reason, CloseMode mode)
    {
        ExpectTerminated(connection, Soon);
        Assert.Equal(mode, _link.Mode);
        Assert.Equal(1, _meters.ClosedTotal(reason));
        Assert.Equal(0, _live.Count);
    }

    private IActorRef Dialling(bool limited = false)
    {
        var connection = Start(limited);
        Peeked(connection);
        Assert.Equal(
            ("demo.fiscalismia.com", 0UL), _router.ExpectMsg<RouteQuery>(Soon) is var query ? (query.ServerName, query.Tried) : default);
        _router.Reply(To(0));
        AwaitCondition(() => _link.Connects == 1, Soon);
        return connection;
    }

    [Fact]
    public void A_known_name_is_joined_with_its_server_and_a_proxy_header()
    {
        var connection = Dialling();
        Assert.Equal(TestSettings.Server(0), _link.Plan!.Server);
        Assert.Equal(28, _link.Preface.Length);
        Assert.Equal(TimeSpan.FromMinutes(5), _link.Plan.Timeouts.Tunnel);
        _link.Handler!.Joined(_link);
        var record = Assert.Single(_live.Records);
        Assert.Equal(("web", "s0", "demo.fiscalismia.com"), (record.Backend, record.Server, record.ServerName));
        _link.Close(CloseReason.Finished, CloseMode.Close);
        ExpectEnd(connection, CloseReason.Finished, CloseMode.Close);
    }

    [Theory]
    [InlineData(CloseReason.NotTls, CloseMode.SilentDrop)]
    [InlineData(CloseReason.HelloMalformed, CloseMode.SilentDrop)]
    [InlineData(CloseReason.HelloTooLarge, CloseMode.SilentDrop)]
    [InlineData(CloseReason.HelloTimeout, CloseMode.SilentDrop)]
    [InlineData(CloseReason.ClientGone, CloseMode.Close)]
    [InlineData(CloseReason.Internal, CloseMode.Reset)]
    public void A_peek_that_fails_ends_the_connection_with_its_own_reason(CloseReason reason, CloseMode mode)
    {
        var connection = Start();
        connection.Tell(new PeekResult(_peeks.Request!, reason, null));
        ExpectEnd(connection, reason, mode);
    }

    [Theory]
    [InlineData(SniState.Absent, CloseReason.NoSni)]
    [InlineData(SniState.Invalid, CloseReason.InvalidSni)]
    public void A_hello_without_a_usable_name_ends_the_connection(SniState sni, CloseReason reason)
    {
        var connection = Start();
        Peeked(connection, null, sni);
        ExpectEnd(connection, reason, CloseMode.SilentDrop);
        _router.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_full_peek_queue_ends_the_connection()
    {
        _peeks.Full = true;
        ExpectEnd(Start(), CloseReason.PeeksFull, CloseMode.SilentDrop);
    }

    [Fact]
    public void An_unknown_name_ends_the_connection()
    {
        var connection = Start();
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(NoRoute.Instance);
        ExpectEnd(connection, CloseReason.UnknownSni, CloseMode.SilentDrop);
    }

    [Fact]
    public void A_backend_without_a_server_ends_the_connection()
    {
        var connection = Start();
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(new NoServer("web"));
        ExpectEnd(connection, CloseReason.NoServer, CloseMode.Close);
    }

    [Fact]
    public void The_limiter_is_asked_at_accept()
    {
        Start(limited: true);
        Assert.Equal(new RateQuery(0, AddressKey.From(_link.Client.Address)), _limiter.ExpectMsg<RateQuery>(Soon));
    }

    [Fact]
    public void For_a_trusted_peer_the_limiter_is_asked_once_it_has_said_for_whom()
    {
        var connection = Start(limited: true, trusted: "192.0.2.0/24");
        Assert.Equal(ProxyHeaderRule.Required, _peeks.Request!.Header);
        _limiter.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _link.Send([1]);
        _link.Announce(System.Net.IPEndPoint.Parse("203.0.113.9:1"), System.Net.IPEndPoint.Parse("203.0.113.1:2"), 0);
        connection.Tell(ProxyHeaderRead.Instance);
        Assert.Equal(new RateQuery(0, AddressKey.From(System.Net.IPAddress.Parse("203.0.113.9"))), _limiter.ExpectMsg<RateQuery>(Soon));
        _limiter.Reply(RateAnswer.No);
        ExpectEnd(connection, CloseReason.RateLimited, CloseMode.SilentDrop);
    }

    [Fact]
    public void Anyone_else_where_some_are_trusted_is_asked_for_at_accept()
    {
        Start(limited: true, trusted: "198.51.100.0/24");
        Assert.Equal(ProxyHeaderRule.Forbidden, _peeks.Request!.Header);
        Assert.Equal(new RateQuery(0, AddressKey.From(_link.Client.Address)), _limiter.ExpectMsg<RateQuery>(Soon));
    }

    [Theory]
    [InlineData(CloseReason.ProxyMissing, CloseMode.Close)]
    [InlineData(CloseReason.ProxyMalformed, CloseMode.Close)]
    [InlineData(CloseReason.ProxyUntrusted, CloseMode.SilentDrop)]
    public void A_header_that_is_not_believed_has_its_own_reason(CloseReason reason, CloseMode mode) =>
        A_peek_that_fails_ends_the_connection_with_its_own_reason(reason, mode);

    [Fact]
    public void A_limited_client_is_dropped_before_its_hello()
    {
        var connection = Start(limited: true);
        _limiter.ExpectMsg<RateQuery>(Soon);
        _limiter.Reply(RateAnswer.No);
        ExpectEnd(connection, CloseReason.RateLimited, CloseMode.SilentDrop);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nobody_is_dialled_before_router_and_limiter_have_answered(bool limiterFirst)
    {
        var connection = Start(limited: true);
        _limiter.ExpectMsg<RateQuery>(Soon);
        if (limiterFirst)
            _limiter.Reply(RateAnswer.Yes);
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        Assert.Equal(0, _link.Connects);
        _router.Reply(To(0));
        if (!limiterFirst)
        {
            connection.Tell(new Identify(1), TestActor);
            ExpectMsg<ActorIdentity>(Soon);
            Assert.Equal(0, _link.Connects);
            _limiter.Reply(RateAnswer.Yes);
        }
        AwaitCondition(() => _link.Connects == 1, Soon);
    }

    [Fact]
    public void A_limiter_that_does_not_answer_is_not_waited_for()
    {
        var connection = Start(limited: true);
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(To(0));
        AwaitOverdue(() => _link.Connects == 1);
        Assert.Equal(1, _meters.AdmissionTimeoutsTotal);
    }

    [Fact]
    public void A_router_that_lost_the_question_is_asked_again_and_then_given_up()
    {
        var connection = Start();
        Peeked(connection);
        AwaitOverdue(() => _link.Reason != CloseReason.None);
        for (var i = 0; i < 3; i++)
            _router.ExpectMsg<RouteQuery>(Soon);
        ExpectEnd(connection, CloseReason.Internal, CloseMode.Reset);
    }

    private void AwaitOverdue(Func<bool> condition) => AwaitCondition(
        () =>
        {
            _time.Advance(AdmissionTimeout);
            return condition();
        },
        Soon);

    [Fact]
    public void A_refusing_server_is_followed_by_another_one_at_once()
    {
        var connection = Dialling();
        _link.Handler!.ConnectFailed(_link, CloseReason.ConnectRefused);
        Assert.Equal(1UL, _router.ExpectMsg<RouteQuery>(Soon).Tried);
        _router.Reply(To(1));
        AwaitCondition(() => _link.Connects == 2, Soon);
        Assert.Equal(TestSettings.Server(1), _link.Plan!.Server);
        connection.Tell(new CloseConnection(_live.Records.Single(), CloseReason.Drained));
        ExpectEnd(connection, CloseReason.Drained, CloseMode.Close);
    }

    [Theory]
    [InlineData(CloseReason.ConnectRefused)]
    [InlineData(CloseReason.ConnectReset)]
    [InlineData(CloseReason.ConnectTimeout)]
    [InlineData(CloseReason.ConnectUnreachable)]
    [InlineData(CloseReason.LocalResource)]
    public void A_single_server_is_tried_again_after_the_delay_and_given_up_after_the_retries(CloseReason reason)
    {
        var connection = Dialling();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            _link.Handler!.ConnectFailed(_link, reason);
            // What this machine lacks, no other server has.
            if (reason != CloseReason.LocalResource)
            {
                Assert.Equal(1UL, _router.ExpectMsg<RouteQuery>(Soon).Tried);
                _router.Reply(new NoServer("web"));
            }
            Assert.Equal(0UL, _router.ExpectMsg<RouteQuery>(Soon).Tried);
            _router.Reply(To(0));
            var connects = attempt + 1;
            AwaitCondition(() => _link.Connects == connects, Soon);
        }
        _link.Handler!.ConnectFailed(_link, reason);
        ExpectEnd(connection, reason, CloseMode.Close);
        _router.ExpectNoMsg(TimeSpan.Zero);
    }
}
