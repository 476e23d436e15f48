using System.Net;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Admission;

/// <summary>The sharded limiter as connections use it: behind the parent that stands in for a shard region.</summary>
public sealed class RateLimitActorSpecs : EdgeTestKit
{
    private static readonly TimeSpan Soon = Eventually.Deadline;

    private readonly ManualTime _time = new();
    private readonly IActorRef _limiter;

    public RateLimitActorSpecs()
    {
        _time.Advance(TimeSpan.FromHours(1));
        var tables = new ShardTables(new RateLimits([TestSettings.RateLimit(), null, TestSettings.RateLimit(limit: 1)]), _time);
        _limiter = Sys.ActorOf(LocalShardsActor.Props(new RateLimitExtractor(), id => RateLimitActor.Props(int.Parse(id), tables)));
    }

    private bool Ask(string address, int listener = 0)
    {
        _limiter.Tell(new RateQuery(listener, AddressKey.From(IPAddress.Parse(address))), TestActor);
        return ExpectMsg<RateAnswer>(Soon).Admitted;
    }

    [Fact]
    public void Fifty_of_fifty_one_come_in()
    {
        Assert.Equal(50, Enumerable.Range(0, 51).Count(_ => Ask("192.0.2.1")));
        Assert.False(Ask("192.0.2.1"));
    }

    [Fact]
    public void Another_address_is_unaffected()
    {
        for (var i = 0; i < 60; i++)
            Ask("192.0.2.1");
        Assert.True(Ask("192.0.2.2"));
        Assert.True(Ask("2001:db8::1"));
    }

    [Fact]
    public void A_v4_mapped_address_is_the_v4_address()
    {
        for (var i = 0; i < 50; i++)
            Ask("192.0.2.1");
        Assert.False(Ask("::ffff:192.0.2.1"));
    }

    [Fact]
    public void Listeners_count_apart_and_one_without_a_limit_admits_all()
    {
        for (var i = 0; i < 60; i++)
            Ask("192.0.2.1");
        Assert.True(Ask("192.0.2.1", listener: 2));
        Assert.False(Ask("192.0.2.1", listener: 2));
        Assert.True(Ask("192.0.2.1", listener: 1));
        Assert.True(Ask("192.0.2.1", listener: 99));
    }

    [Fact]
    public void A_client_that_pauses_is_admitted_again()
    {
        for (var i = 0; i < 60; i++)
            Ask("192.0.2.1");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(Ask("192.0.2.1"));
    }

    [Fact]
    public void A_restart_of_the_entity_forgets_nobody()
    {
        for (var i = 0; i < 50; i++)
            Ask("192.0.2.1");
        var key = AddressKey.From(IPAddress.Parse("192.0.2.1"));
        var entity = new ActorSelection(_limiter, key.ShardOf(RateLimitExtractor.Shards).ToString());
        entity.Tell(Kill.Instance);
        Assert.False(Ask("192.0.2.1"));
        Assert.True(Ask("192.0.2.9"));
    }

    [Fact]
    public void What_is_not_a_question_is_not_answered()
    {
        _limiter.Tell("hello", TestActor);
        Assert.True(Ask("192.0.2.1"));
    }

    [Fact]
    public void The_extractor_spreads_addresses_over_all_shards_and_always_the_same_way()
    {
        var extractor = new RateLimitExtractor();
        var ids = Enumerable.Range(0, 2000)
            .Select(i => extractor.EntityId(new RateQuery(0, AddressKey.From(new IPAddress([10, 0, (byte)(i / 256), (byte)i])))))
            .ToArray();
        Assert.Equal(RateLimitExtractor.Shards, ids.Distinct().Count());
        Assert.Equal(
            ids[7], extractor.EntityId(new RateQuery(5, AddressKey.From(new IPAddress([10, 0, 0, 7])))));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(63, "63")]
    [InlineData(64, null)]
    [InlineData(-1, null)]
    public void A_question_of_another_node_for_a_shard_that_is_none_has_no_entity(int shard, string? entity) =>
        Assert.Equal(entity, new RateLimitExtractor().EntityId(new ShardQuery(1, shard, RateOrder.Top, 0, default)));
}
