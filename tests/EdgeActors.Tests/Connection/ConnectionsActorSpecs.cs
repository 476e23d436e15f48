using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

public sealed class ConnectionsActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    /// <summary>In virtual time. Three of them exceed the router's timeout.</summary>
    private static readonly TimeSpan AdmissionTimeout = TimeSpan.FromSeconds(2);

    private readonly ManualTime _time = new();
    private readonly LiveConnections _live = new();
    private readonly EdgeMeters _meters = new();
    private readonly ConnectionServices _services;
    private readonly IActorRef _connections;

    public ConnectionsActorSpecs()
    {
        var log = new EdgeLog(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
        _services = new ConnectionServices(
            TestActor, TestActor, new PendingDecisions(AdmissionTimeout, _time), _live, log, _meters, TimeProvider.System);
        _connections = Supervised.ActorOf(Sys, ConnectionsActor.Props(_services));
    }

    private ConnectionContext Context(Peeks peeks)
    {
        var listener = TestSettings.Listener();
        return new ConnectionContext(_services, 0, listener, peeks, new ListenerAdmission(listener, TimeProvider.System));
    }

    /// <summary>Takes every request and never answers; throws for the client from the address that ends in 13.</summary>
    private sealed class Peeks : IPeekQueue
    {
        public volatile PeekRequest? Request;

        public bool Offer(PeekRequest request)
        {
            Request = request;
            return request.Link.Client.Port == 13 ? throw new InvalidOperationException("unlucky") : true;
        }

        public void Complete()
        {
        }
    }

    private FakeLink Accept(int port = 40000)
    {
        var link = new FakeLink(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port));
        _connections.Tell(new Accepted(link, Context(new Peeks())));
        return link;
    }

    [Fact]
    public void A_connection_that_throws_is_closed_alone()
    {
        var good = Accept();
        var bad = Accept(port: 13);
        AwaitCondition(() => bad.Reason != CloseReason.None, Soon);
        Assert.Equal(CloseMode.Reset, bad.Mode);
        AwaitCondition(() => _meters.ClosedTotal(CloseReason.Internal) == 1, Soon);
        AwaitCondition(() => _live.Count == 1, Soon);
        Assert.Equal(CloseReason.None, good.Reason);
    }

    [Fact]
    public void A_failure_of_the_parent_stops_no_connection()
    {
        var link = Accept();
        AwaitCondition(() => _live.Count == 1, Soon);
        _connections.Tell(Kill.Instance);
        var after = Accept();
        AwaitCondition(() => _live.Count == 2, Soon);
        link.Close(CloseReason.Finished, CloseMode.Close);
        after.Close(CloseReason.Finished, CloseMode.Close);
        AwaitCondition(() => _meters.ClosedTotal(CloseReason.Finished) == 2, Soon);
    }

    [Fact]
    public void A_decision_that_is_overdue_is_asked_for_again_and_then_given_up()
    {
        var peeks = new Peeks();
        var link = new FakeLink();
        _connections.Tell(new Accepted(link, Context(peeks)));
        AwaitCondition(() => peeks.Request is not null, Soon);
        peeks.Request!.ReplyTo.Tell(
            new PeekResult(
                peeks.Request, CloseReason.None, new ClientHello { ServerName = "demo.fiscalismia.com", Sni = SniState.Present }));
        AwaitCondition(
            () =>
            {
                _time.Advance(AdmissionTimeout);
                return _meters.ClosedTotal(CloseReason.Internal) == 1;
            },
            Soon);
        for (var i = 0; i < 3; i++)
            ExpectMsg<EdgeActors.Routing.RouteQuery>(Soon);
    }

    [Fact]
    public void A_drain_is_done_when_the_last_connection_has_ended()
    {
        var link = Accept();
        AwaitCondition(() => _live.Count == 1, Soon);
        _connections.Tell(new Drain(TimeSpan.FromMinutes(1)), TestActor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        link.Close(CloseReason.Finished, CloseMode.Close);
        Assert.Equal(0, ExpectMsg<Drained>(Soon).Closed);
    }

    [Fact]
    public void A_drain_that_takes_too_long_closes_what_is_left()
    {
        var links = new[] { Accept(), Accept() };
        AwaitCondition(() => _live.Count == 2, Soon);
        _connections.Tell(new Drain(TimeSpan.FromMilliseconds(50)), TestActor);
        Assert.Equal(2, ExpectMsg<Drained>(Soon).Closed);
        Assert.All(links, link => Assert.Equal(CloseMode.Close, link.Mode));
        Assert.Equal(2, _meters.ClosedTotal(CloseReason.Drained));
    }

    [Fact]
    public void A_drain_with_nothing_to_do_is_done_at_once()
    {
        _connections.Tell(new Drain(TimeSpan.FromMinutes(1)), TestActor);
        Assert.Equal(0, ExpectMsg<Drained>(Soon).Closed);
    }

    [Fact]
    public void A_drain_waits_for_a_connection_that_an_idle_actor_was_given()
    {
        var peeks = new Peeks();
        _connections.Tell(new Accepted(new FakeLink(), Context(peeks)));
        AwaitCondition(() => peeks.Request is not null, Soon);
        peeks.Request!.ReplyTo.Tell(new PeekResult(peeks.Request, CloseReason.NotTls, null));
        AwaitCondition(() => _services.Idle.Count == 1, Soon);
        var actor = _services.Idle.Take()!;
        _connections.Tell(new Drain(TimeSpan.FromMinutes(1)), TestActor);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        var link = new FakeLink();
        actor.Tell(new Accepted(link, Context(new Peeks())));
        AwaitCondition(() => _live.Count == 1, Soon);
        link.Close(CloseReason.Finished, CloseMode.Close);
        Assert.Equal(0, ExpectMsg<Drained>(Soon).Closed);
    }
}
