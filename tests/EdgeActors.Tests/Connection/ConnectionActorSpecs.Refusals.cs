using Akka.Actor;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Tests.Routing;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>Clients without a route, and what the router is told of a hello.</summary>
public sealed partial class ConnectionActorSpecs
{
    private static readonly RefusalPolicy ToFallback = new(CloseMode.SilentDrop, "fallback");
    private static readonly RefusalSettings Apart = new(
        new(CloseMode.Alert), new(CloseMode.Reset), new(CloseMode.Close), new(CloseMode.Reset), new(CloseMode.Alert), new(CloseMode.Close));
    private static readonly RefusalSettings AllToFallback = new(ToFallback, ToFallback, ToFallback, ToFallback, ToFallback, ToFallback);

    private void PeekedNothing(IActorRef connection, CloseReason reason = CloseReason.NotTls) =>
        connection.Tell(new PeekResult(_peeks.Request!, reason, null));

    [Fact]
    public void A_hello_without_a_name_ends_as_its_own_policy_says()
    {
        var connection = Start(refusals: Apart);
        Peeked(connection, null, SniState.Absent);
        ExpectEnd(connection, CloseReason.NoSni, CloseMode.Alert);
    }

    [Fact]
    public void Something_that_is_no_name_ends_as_an_unknown_name_does()
    {
        var connection = Start(refusals: Apart);
        Peeked(connection, null, SniState.Invalid);
        ExpectEnd(connection, CloseReason.InvalidSni, CloseMode.Reset);
    }

    [Fact]
    public void An_unknown_name_ends_as_its_own_policy_says()
    {
        var connection = Start(refusals: Apart);
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(NoRoute.Instance);
        ExpectEnd(connection, CloseReason.UnknownSni, CloseMode.Reset);
    }

    [Fact]
    public void Another_protocol_ends_as_its_own_policy_says()
    {
        var connection = Start(refusals: Apart);
        PeekedNothing(connection);
        ExpectEnd(connection, CloseReason.NotTls, CloseMode.Close);
    }

    [Theory]
    [InlineData(CloseReason.HelloTimeout, CloseMode.Reset)]
    [InlineData(CloseReason.HelloMalformed, CloseMode.Alert)]
    [InlineData(CloseReason.HelloTooLarge, CloseMode.Close)]
    public void A_client_without_a_hello_ends_as_its_own_policy_says(CloseReason reason, CloseMode mode)
    {
        var connection = Start(refusals: Apart);
        PeekedNothing(connection, reason);
        ExpectEnd(connection, reason, mode);
    }

    [Theory]
    [InlineData("192.0.2.0/24", false)] // a PROXY header is expected
    [InlineData("198.51.100.0/24", true)] // the received bytes may be an untrusted header
    public void A_client_with_an_outstanding_header_does_not_count_as_silent(string trusted, bool hasSent)
    {
        var connection = Start(trusted: trusted, refusals: AllToFallback);
        if (hasSent)
        {
            _link.Send("PROXY"u8.ToArray());
            _link.Receive(100, _peeks.Request!);
        }
        PeekedNothing(connection, CloseReason.HelloTimeout);
        ExpectEnd(connection, CloseReason.HelloTimeout, CloseMode.SilentDrop);
    }

    [Fact]
    public void A_name_that_its_route_refuses_ends_as_the_route_says()
    {
        var connection = Start(refusals: AllToFallback);
        Peeked(connection);
        Assert.Equal("https", _router.ExpectMsg<RouteQuery>(Soon).Listener);
        _router.Reply(NameRefused.With(CloseMode.Alert));
        ExpectEnd(connection, CloseReason.SniRefused, CloseMode.Alert);
    }

    [Theory]
    [InlineData("no name")]
    [InlineData("no usable name")]
    [InlineData("unknown name")]
    [InlineData("not TLS")]
    [InlineData("silent")]
    [InlineData("malformed")]
    [InlineData("too large")]
    public void A_policy_may_lead_to_a_backend_and_the_connection_is_an_ordinary_one(string kind)
    {
        var connection = Start(refusals: AllToFallback);
        switch (kind)
        {
            case "not TLS":
                PeekedNothing(connection);
                break;
            case "silent":
                PeekedNothing(connection, CloseReason.HelloTimeout);
                break;
            case "malformed":
                PeekedNothing(connection, CloseReason.HelloMalformed);
                break;
            case "too large":
                PeekedNothing(connection, CloseReason.HelloTooLarge);
                break;
            case "unknown name":
                Peeked(connection);
                Assert.Equal("demo.fiscalismia.com", _router.ExpectMsg<RouteQuery>(Soon).ServerName);
                _router.Reply(NoRoute.Instance);
                break;
            default:
                Peeked(connection, null, kind == "no name" ? SniState.Absent : SniState.Invalid);
                break;
        }
        Assert.Equal(new RouteQuery(null, 0, Backend: "fallback"), _router.ExpectMsg<RouteQuery>(Soon) with { Lease = null });
        _router.Reply(To(0));
        AwaitCondition(() => _link.Connects == 1, Soon);
        _link.Handler!.Joined(_link);
        Assert.NotEqual(0, Assert.Single(_live.Records).PeekedAt);
        _link.Close(CloseReason.Finished, CloseMode.Close);
        ExpectEnd(connection, CloseReason.Finished, CloseMode.Close);
    }

    [Fact]
    public void A_policys_backend_without_a_server_or_gone_altogether_ends_the_connection()
    {
        var connection = Start(refusals: AllToFallback);
        PeekedNothing(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(NoRoute.Instance);
        ExpectEnd(connection, CloseReason.NoServer, CloseMode.Close);
        _router.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_limited_client_is_not_dialled_for_by_a_policy_either()
    {
        var connection = Start(limited: true, refusals: AllToFallback);
        PeekedNothing(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(To(0));
        _limiter.ExpectMsg<EdgeActors.Admission.RateQuery>(Soon);
        _limiter.Reply(EdgeActors.Admission.RateAnswer.No);
        ExpectEnd(connection, CloseReason.RateLimited, CloseMode.SilentDrop);
        Assert.Equal(0, _link.Connects);
    }

    [Fact]
    public void The_router_is_told_the_protocols_again_as_long_as_it_is_silent_and_no_more_once_it_has_answered()
    {
        var connection = Start();
        var offered = ProtocolRouteSpecs.Offered("acme-tls/1");
        connection.Tell(new PeekResult(
            _peeks.Request!, CloseReason.None, new ClientHello { ServerName = "demo.fiscalismia.com", Sni = SniState.Present, Alpn = offered, HasEch = true }));
        Assert.Equal(new RouteQuery("demo.fiscalismia.com", 0, offered, Listener: "https"),
            _router.ExpectMsg<RouteQuery>(Soon) with { Lease = null });
        connection.Tell(new DecisionOverdue(_live.Records.Single()));
        Assert.Equal(new RouteQuery("demo.fiscalismia.com", 0, offered, Listener: "https"),
            _router.ExpectMsg<RouteQuery>(Soon) with { Lease = null });
        _router.Reply(To(0));
        AwaitCondition(() => _link.Connects == 1, Soon);
        Assert.True(Assert.Single(_live.Records).HasEch);

        // The backend is settled: neither name nor protocols are asked by again.
        _link.Handler!.ConnectFailed(_link, CloseReason.ConnectRefused);
        Assert.Equal(new RouteQuery(null, 1, Backend: "web"), _router.ExpectMsg<RouteQuery>(Soon) with { Lease = null });
    }

    [Fact]
    public void The_end_of_a_wait_for_the_router_that_has_answered_meanwhile_shortens_no_delay()
    {
        _backend = _backend with { RetryDelay = Soon * 6 };
        var connection = Dialling();
        _link.Handler!.ConnectFailed(_link, CloseReason.LocalResource);
        connection.Tell(new DecisionOverdue(_live.Records.Single()));
        connection.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(Soon);
        _router.ExpectNoMsg(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(CloseReason.ClientReset)]
    [InlineData(CloseReason.ServerReset)]
    [InlineData(CloseReason.ClientTimeout)]
    [InlineData(CloseReason.ServerTimeout)]
    [InlineData(CloseReason.TunnelTimeout)]
    [InlineData(CloseReason.Internal)]
    public void An_end_that_the_transport_found_has_its_reason(CloseReason reason)
    {
        var connection = Dialling();
        _link.Handler!.Joined(_link);
        _link.Close(reason, CloseMode.Reset);
        ExpectEnd(connection, reason, CloseMode.Reset);
    }

    [Fact]
    public void The_first_reason_wins()
    {
        var connection = Dialling();
        _link.Handler!.Joined(_link);
        var record = _live.Records.Single();
        _link.Close(CloseReason.ClientReset, CloseMode.Reset);
        connection.Tell(new CloseConnection(record, CloseReason.Drained));
        ExpectEnd(connection, CloseReason.ClientReset, CloseMode.Reset);
    }

    [Fact]
    public void An_actor_that_is_stopped_takes_its_link_with_it()
    {
        var connection = Dialling();
        Sys.Stop(connection);
        ExpectEnd(connection, CloseReason.Internal, CloseMode.Reset);
    }
}
