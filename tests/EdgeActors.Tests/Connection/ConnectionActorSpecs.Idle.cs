using System.Reflection;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Connection;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Connection;

/// <summary>An actor serves one connection after another.</summary>
public sealed partial class ConnectionActorSpecs
{
    private IdleActors _idle = new(capacity: 0);

    [Fact]
    public void An_actor_that_has_answers_for_all_its_questions_takes_the_next_connection()
    {
        var connection = Finished();
        AwaitCondition(() => _idle.Count == 1, Soon);
        Assert.Same(connection, _idle.Take());
        Assert.Null(_idle.Take());

        var (first, next) = (_peeks.Request, new FakeLink());
        connection.Tell(new Accepted(next, ContextOf(limited: false)));
        AwaitCondition(() => !ReferenceEquals(_peeks.Request, first), Soon);
        Peeked(connection, "other.example");
        Assert.Equal("other.example", _router.ExpectMsg<RouteQuery>(Soon).ServerName);
        _router.Reply(To(1));
        AwaitCondition(() => next.Connects == 1, Soon);
        next.Handler!.Joined(next);
        next.Close(CloseReason.ServerReset, CloseMode.Reset);
        AwaitCondition(() => _meters.ClosedTotal(CloseReason.ServerReset) == 1, Soon);
        Assert.Equal(1, _link.Connects);
        Assert.Equal(1, _meters.ClosedTotal(CloseReason.Finished));
    }

    [Fact]
    public void An_idle_actor_knows_nothing_of_its_last_connection()
    {
        _idle = new IdleActors();
        var used = ActorOfAsTestActorRef<ConnectionActor>(ConnectionActor.Props(_idle));
        var fresh = ActorOfAsTestActorRef<ConnectionActor>(ConnectionActor.Props(_idle));
        var link = new FakeLink();
        used.Tell(new Accepted(link, ContextOf(limited: true)));
        used.Tell(RateAnswer.Yes);
        Peeked(used);
        _router.ExpectMsg<RouteQuery>(Soon);
        used.Tell(To(0));
        var fields = typeof(ConnectionActor).GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
        Assert.True(fields.Count(field => !Equals(field.GetValue(used.UnderlyingActor), field.GetValue(fresh.UnderlyingActor))) > 5);
        link.Handler!.Joined(link);
        link.Close(CloseReason.Finished, CloseMode.Close);
        Assert.Equal<IActorRef?>(used, _idle.Take());
        Assert.All(fields, field => Assert.Equal(field.GetValue(fresh.UnderlyingActor), field.GetValue(used.UnderlyingActor)));
    }

    [Fact]
    public void An_order_for_the_last_connection_does_not_reach_the_next()
    {
        _idle = new IdleActors();
        var used = ActorOfAsTestActorRef<ConnectionActor>(ConnectionActor.Props(_idle));
        var (link, next) = (new FakeLink(), new FakeLink());
        used.Tell(new Accepted(link, ContextOf(limited: false)));
        var record = _live.Records.Single();
        Peeked(used);
        used.Tell(To(0));
        link.Handler!.Joined(link);
        link.Close(CloseReason.Finished, CloseMode.Close);
        used.Tell(new CloseConnection(record, CloseReason.Killed));
        used.Tell(new Accepted(next, ContextOf(limited: false)));
        Peeked(used);
        used.Tell(new CloseConnection(record, CloseReason.Killed));
        for (var i = 0; i < 5; i++)
            used.Tell(new DecisionOverdue(record));
        Assert.Equal(CloseReason.None, next.Reason);
        used.Tell(new CloseConnection(_live.Records.Single(), CloseReason.Killed));
        Assert.Equal(CloseReason.Killed, next.Reason);
    }

    [Fact]
    public void An_idle_actor_survives_whatever_comes_late()
    {
        _idle = new IdleActors();
        var used = ActorOfAsTestActorRef<ConnectionActor>(ConnectionActor.Props(_idle));
        var link = new FakeLink();
        used.Tell(new Accepted(link, ContextOf(limited: true)));
        var (peeked, record) = (_peeks.Request!, _live.Records.Single());
        used.Tell(RateAnswer.Yes);
        used.Tell(new PeekResult(peeked, CloseReason.NotTls, null));
        Assert.Equal(1, _idle.Count);
        Watch(used);
        object[] late =
        [
            RateAnswer.Yes, To(0), new PeekResult(peeked, CloseReason.None, null), LinkJoined.Instance, LinkEnded.Instance,
            LinkNotConnected.For(CloseReason.ConnectRefused), new CloseConnection(record, CloseReason.Killed), new DecisionOverdue(record),
        ];
        foreach (var message in late)
            used.Tell(message);
        ExpectNoMsg(TimeSpan.Zero);
        var next = new FakeLink();
        used.Tell(new Accepted(next, ContextOf(limited: false)));
        Assert.Equal(next, _live.Records.Single().Link);
    }

    [Fact]
    public void An_actor_whose_limiter_is_silent_stops()
    {
        _idle = new IdleActors();
        var connection = Start(limited: true);
        _link.Close(CloseReason.ClientGone, CloseMode.Close);
        ExpectTerminated(connection, Soon);
        Assert.Equal(0, _idle.Count);
    }

    [Theory]
    [InlineData("router")]
    [InlineData("link")]
    [InlineData("peek")]
    public void An_actor_that_is_owed_an_answer_stops(string missing)
    {
        _idle = new IdleActors();
        var connection = Start();
        if (missing != "peek")
            Peeked(connection);
        if (missing == "link")
        {
            _router.ExpectMsg<RouteQuery>(Soon);
            _router.Reply(To(0));
            AwaitCondition(() => _link.Connects == 1, Soon);
        }
        _link.Close(CloseReason.ClientGone, CloseMode.Close);
        ExpectTerminated(connection, Soon);
        Assert.Equal(0, _idle.Count);
    }

    /// <summary>Its actor has an answer to each question.</summary>
    private IActorRef Finished()
    {
        _idle = new IdleActors(capacity: 1);
        var connection = Start(limited: true);
        _limiter.ExpectMsg<RateQuery>(Soon);
        _limiter.Reply(RateAnswer.Yes);
        Peeked(connection);
        _router.ExpectMsg<RouteQuery>(Soon);
        _router.Reply(To(0));
        AwaitCondition(() => _link.Connects == 1, Soon);
        _link.Handler!.Joined(_link);
        _link.Close(CloseReason.Finished, CloseMode.Close);
        return connection;
    }

    private static ListenerSettings Listener(bool limited, string? trusted, RefusalSettings? refusals) =>
        TestSettings.Listener(
            limited ? TestSettings.RateLimit() : null,
            refusals: refusals) with { AcceptProxy = trusted is null ? null : [System.Net.IPNetwork.Parse(trusted)] };
}
