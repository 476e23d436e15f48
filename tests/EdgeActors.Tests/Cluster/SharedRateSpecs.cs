using System.Net;
using Akka.Actor;
using Akka.TestKit;
using EdgeActors.Admission;
using EdgeActors.Cluster;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Cluster;

/// <summary>A node's rate limiter facade and proxy, and the entity that they ask, without a cluster between them.</summary>
public sealed class SharedRateSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly AddressKey Client = AddressKey.From(IPAddress.Parse("192.0.2.7"));
    private static readonly int Shard = Client.ShardOf(RateLimitExtractor.Shards);

    private readonly ManualTime _time = new();
    private readonly ClusterGateway _gateway = new();
    private readonly RateLimits _limits = new([]);
    private readonly ShardTables _tables;
    private readonly List<HotRates> _told = [];
    private readonly TestProbe _region;
    private readonly IActorRef _limiter;
    private readonly IActorRef _proxy;

    public SharedRateSpecs()
    {
        _time.Advance(TimeSpan.FromHours(1));
        _limits.Publish([null, TestSettings.RateLimit()], ["http", "https"]);
        _tables = new ShardTables(_limits, _time);
        _region = CreateTestProbe();
        _proxy = Sys.ActorOf(ClusterRateProxyActor.Props(_region, _gateway, _tables, Patience));
        _limiter = Sys.ActorOf(RateLimiterFacadeActor.Props(_gateway));
    }

    private IActorRef Entity() => Sys.ActorOf(RateLimitActor.Props(Shard, _tables, _told.Add));

    private RateAnswer Answer() => ExpectMsg<RateAnswer>(Soon);

    private void Ask() => _limiter.Tell(new RateQuery(1, Client), TestActor);

    private static HotRates Hot(uint count) => new(Shard, ListenerKey.Of("https"), [(Client, new RateHistory(0, count, 0))]);

    /// <summary>As the region would.</summary>
    private RateAnswer AskThrough(IActorRef entity)
    {
        Ask();
        _region.ExpectMsg<ShardQuery>(Soon);
        _region.Forward(entity);
        return Answer();
    }

    [Fact]
    public void Without_a_cluster_the_node_decides_alone_at_once()
    {
        Ask();
        Assert.Same(RateAnswer.Alone, Answer());
        _limiter.Tell(RateInspection.Of(RateOrder.Find, 1, Client), TestActor);
        Assert.Equal(0u, ExpectMsg<ShardAnswer>(Soon).Value);
        _limiter.Tell(RateInspection.Of(RateOrder.Forget, 1, Client), TestActor);
        Assert.Equal(0u, ExpectMsg<ShardAnswer>(Soon).Value);
        _limiter.Tell(new RateInspection(RateOrder.Top, 1, 0, Most: 10), TestActor);
        Assert.Empty(ExpectMsg<ShardAnswer>(Soon).Top!.Rates);
        Assert.Equal(1, _gateway.DecidedAlone);
    }

    [Fact]
    public void Fifty_of_fifty_one_come_in_and_are_young_for_two_windows()
    {
        _gateway.RateProxy = _proxy;
        var entity = Entity();
        for (var i = 0; i < 50; i++)
            Assert.Same(RateAnswer.YoungYes, AskThrough(entity));
        Assert.Same(RateAnswer.SharedNo, AskThrough(entity));
        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Same(RateAnswer.YoungYes, AskThrough(entity));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Same(RateAnswer.SharedYes, AskThrough(entity));
        Assert.Equal((53L, 0L, 0L), (_gateway.DecidedLocally, _gateway.DecidedRemotely, _gateway.DecidedAlone));
    }

    [Fact]
    public void An_entity_that_crashes_forgets_nobody()
    {
        _gateway.RateProxy = _proxy;
        var entity = Entity();
        for (var i = 0; i < 50; i++)
            AskThrough(entity);
        Watch(entity);
        entity.Tell(Kill.Instance);
        ExpectTerminated(entity, Soon);
        Assert.Same(RateAnswer.SharedNo, AskThrough(Entity()));
    }

    [Fact]
    public void A_shard_that_moves_takes_the_hot_addresses_with_it_and_leaves_nothing()
    {
        _gateway.RateProxy = _proxy;
        var entity = Entity();
        for (var i = 0; i < 50; i++)
            AskThrough(entity);
        Watch(entity);
        entity.Tell(new HandOver());
        ExpectTerminated(entity, Soon);
        var hot = Assert.Single(_told);
        Assert.Equal((Shard, Client, 0), (hot.Shard, Assert.Single(hot.Rates).Address, _tables.Count));

        // On the other node listeners may have other numbers, and its proxy is told before anybody asks there.
        var others = new RateLimits([]);
        others.Publish([TestSettings.RateLimit()], ["https"]);
        var tables = new ShardTables(others, _time);
        var proxy = Sys.ActorOf(ClusterRateProxyActor.Props(_region, new ClusterGateway(), tables, Patience));
        proxy.Tell(ClusterSerializerSpecs.Again(hot));
        proxy.Tell(new Identify(1), TestActor);
        ExpectMsg<ActorIdentity>(Soon);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Same(RateAnswer.SharedNo, AskThrough(Sys.ActorOf(RateLimitActor.Props(Shard, tables, _told.Add))));
    }

    [Fact]
    public void What_was_left_for_a_shard_that_never_came_counts_no_longer_than_it_would_have()
    {
        _gateway.RateProxy = _proxy;
        _tables.Leave(Hot(60));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Same(RateAnswer.YoungYes, AskThrough(Entity()));
    }

    [Fact]
    public void Of_what_is_left_the_latest_counts()
    {
        _gateway.RateProxy = _proxy;
        for (var i = 0; i < 10; i++)
            _tables.Leave(Hot(10));
        AskThrough(Entity());
        _limiter.Tell(RateInspection.Of(RateOrder.Find, 1, Client), TestActor);
        _region.ExpectMsg<ShardQuery>(Soon);
        _region.Forward(Entity());
        Assert.Equal(11u, ExpectMsg<ShardAnswer>(Soon).Value);
    }

    [Fact]
    public void While_a_shard_is_on_its_way_who_is_over_the_limit_is_refused_by_what_was_left()
    {
        _gateway.RateProxy = _proxy;
        // One that a region has dropped.
        Ask();
        _region.ExpectMsg<ShardQuery>(Soon);
        _proxy.Tell(Hot(50));
        Assert.Same(RateAnswer.SharedNo, Answer());
        // It is asked all the same, to count.
        Ask();
        Assert.Same(RateAnswer.SharedNo, Answer());
        _region.ExpectMsg<ShardQuery>(Soon);
        // Silent or not.
        _time.Advance(Patience);
        Ask();
        Assert.Same(RateAnswer.SharedNo, Answer());
        Assert.Equal((0L, 3L, 0L), (_gateway.DecidedLocally, _gateway.DecidedRemotely, _gateway.DecidedAlone));

        // Once it is there, its own word is waited for.
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Same(RateAnswer.SharedNo, AskThrough(Entity()));
        AwaitCondition(() => _gateway.DecidedLocally == 1, Soon);
        Ask();
        _region.ExpectMsg<ShardQuery>(Soon);
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Who_is_within_the_limit_by_what_was_left_waits_for_the_shard()
    {
        _gateway.RateProxy = _proxy;
        _proxy.Tell(Hot(49));
        Assert.Same(RateAnswer.YoungYes, AskThrough(Entity()));
        Assert.Same(RateAnswer.SharedNo, AskThrough(Entity()));
    }

    [Fact]
    public void What_was_left_counts_for_less_as_time_goes_by()
    {
        _gateway.RateProxy = _proxy;
        _proxy.Tell(Hot(60));
        Ask();
        Assert.Same(RateAnswer.SharedNo, Answer());
        _time.Advance(TimeSpan.FromSeconds(12));
        Ask();
        // As of a shard that has been silent for so long.
        Assert.Same(RateAnswer.Alone, Answer());
    }

    [Fact]
    public void A_silent_shard_is_waited_for_once_and_asked_again_from_time_to_time()
    {
        _gateway.RateProxy = _proxy;
        Ask();
        var unanswered = _region.ExpectMsg<ShardQuery>(Soon);
        _time.Advance(Patience);
        Ask();
        Assert.Same(RateAnswer.Alone, Answer());
        _region.ExpectNoMsg(TimeSpan.Zero);

        _time.Advance(TimeSpan.FromMilliseconds(200));
        Ask();
        Assert.Same(RateAnswer.Alone, Answer());
        var again = _region.ExpectMsg<ShardQuery>(Soon);
        Assert.NotEqual(unanswered.Id, again.Id);
        _region.Reply(new ShardAnswer(again.Id, (uint)SharedVerdict.Yes));
        // Not answered twice: the actor that asked may have another connection.
        AwaitCondition(() => _gateway.DecidedLocally == 1, Soon);
        ExpectNoMsg(TimeSpan.Zero);

        Ask();
        _region.ExpectMsg<ShardQuery>(Soon);
    }

    [Fact]
    public void An_entity_without_that_listener_leaves_it_to_the_node()
    {
        _gateway.RateProxy = _proxy;
        var others = new RateLimits([]);
        others.Publish([TestSettings.RateLimit()], ["other"]);
        var entity = Sys.ActorOf(RateLimitActor.Props(Shard, new ShardTables(others, _time), _told.Add));
        Assert.Same(RateAnswer.Alone, AskThrough(entity));
        Assert.Equal(1, _gateway.DecidedAlone);
    }

    [Fact]
    public void Operators_find_and_forget_an_address_and_see_the_busiest()
    {
        _gateway.RateProxy = _proxy;
        var entity = Entity();
        AskThrough(entity);
        ShardAnswer Inspect(RateInspection order)
        {
            _limiter.Tell(order, TestActor);
            _region.ExpectMsg<ShardQuery>(Soon);
            _region.Forward(entity);
            return ExpectMsg<ShardAnswer>(Soon);
        }

        Assert.Equal(1u, Inspect(RateInspection.Of(RateOrder.Find, 1, Client)).Value);
        var top = Inspect(new RateInspection(RateOrder.Top, 1, Shard, Most: 10)).Top!;
        Assert.Equal(((Client, 1u), null), (Assert.Single(top.Rates), top.Next));
        Assert.Equal(1u, Inspect(RateInspection.Of(RateOrder.Forget, 1, Client)).Value);
        Assert.Equal(0u, Inspect(RateInspection.Of(RateOrder.Forget, 1, Client)).Value);
        Assert.Empty(Inspect(new RateInspection(RateOrder.Top, 1, Shard, Most: 10)).Top!.Rates);
    }
}
