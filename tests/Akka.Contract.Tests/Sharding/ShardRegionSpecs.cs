using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Contract.Tests.Hosting;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Akka.Contract.Tests.Sharding;

public sealed class ShardRegionSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private CounterRegion _counters = null!;

    public async Task InitializeAsync() => _counters = await CounterRegion.StartAsync();

    public async Task DisposeAsync() => await _counters.DisposeAsync();

    [Fact]
    public void The_region_is_found_by_its_key_and_by_its_type_name()
    {
        var sharding = ClusterSharding.Get(_counters.System);

        Assert.Equal(_counters.Region, sharding.ShardRegion(CounterRegion.TypeName));
        Assert.Contains(CounterRegion.TypeName, sharding.ShardTypeNames);
        Assert.Throws<ArgumentException>(() => sharding.ShardRegion("unknown"));
    }

    [Fact]
    public async Task Every_id_has_an_entity_of_its_own_that_keeps_its_state()
    {
        var first = await _counters.Count("a");
        var other = await _counters.Count("b");
        var second = await _counters.Count("a");

        Assert.Equal(("a", 1), (first.EntityId, first.Value));
        Assert.Equal(("b", 1), (other.EntityId, other.Value));
        Assert.Equal(("a", 2), (second.EntityId, second.Value));
        Assert.Equal(first.Entity, second.Entity);
        Assert.NotEqual(first.Entity, other.Entity);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::1", "2001%3Adb8%3A%3A1")]
    [InlineData("with space/slash", "with%20space%2Fslash")]
    public async Task The_path_of_an_entity_names_its_type_its_shard_and_its_escaped_id(string id, string name)
    {
        var counted = await _counters.Count(id);

        var shard = Counter.Extractor.ShardId(id, null);
        Assert.Equal($"/system/sharding/counters/{shard}/{name}", counted.Entity.Path.ToStringWithoutAddress());
        Assert.Equal(id, counted.EntityId);
    }

    [Fact]
    public async Task An_envelope_reaches_the_entity_that_it_names()
    {
        var counted = await _counters.Region.Ask<Counter.Counted>(
            new ShardingEnvelope("enveloped", new Counter.Count("ignored")), Deadline);

        Assert.Equal("enveloped", counted.EntityId);
    }

    [Fact]
    public async Task StartEntity_starts_an_entity_without_a_message()
    {
        _counters.Region.Tell(new ShardRegion.StartEntity("early"));

        var started = await _counters.Journal.Next<Counter.Started>();

        Assert.Equal("early", started.EntityId);
        Assert.Equal(started.Entity, (await _counters.Count("early")).Entity);
    }

    [Fact]
    public async Task A_message_that_names_no_entity_is_unhandled_and_harms_nobody()
    {
        var journal = new Journal();
        var listener = _counters.System.ActorOf(Props.Create(() => new Listener(journal)));
        _counters.System.EventStream.Subscribe(listener, typeof(UnhandledMessage));

        _counters.Region.Tell(new Counter.Nowhere());

        Assert.IsType<Counter.Nowhere>((await journal.Next<UnhandledMessage>()).Message);
        Assert.Equal(1, (await _counters.Count("after")).Value);
    }

    [Fact]
    public async Task The_state_of_the_region_lists_its_shards_with_their_entities()
    {
        string[] ids = ["a", "b", "c", "d", "e"];
        foreach (var id in ids)
            await _counters.Count(id);

        var state = await _counters.Query<CurrentShardRegionState>(GetShardRegionState.Instance);
        var stats = await _counters.Query<ShardRegionStats>(GetShardRegionStats.Instance);

        var byShard = ids.GroupBy(id => Counter.Extractor.ShardId(id, null)).ToDictionary(group => group.Key, group => group.ToHashSet());
        Assert.Equal(byShard, state.Shards.ToDictionary(shard => shard.ShardId, shard => shard.EntityIds.ToHashSet()));
        Assert.Empty(state.Failed);
        Assert.Equal(byShard.ToDictionary(shard => shard.Key, shard => shard.Value.Count), stats.Stats.ToDictionary());
    }

    [Fact]
    public async Task A_type_that_is_started_again_is_the_same_region()
    {
        var sharding = ClusterSharding.Get(_counters.System);

        var again = await sharding.StartAsync(
            CounterRegion.TypeName,
            id => CounterActor.Props(id, _counters.Journal),
            ClusterShardingSettings.Create(_counters.System),
            Counter.Extractor);

        Assert.Equal(_counters.Region, again);
    }

    [Fact]
    public async Task A_factory_of_props_can_use_the_registry_and_the_resolver()
    {
        using var host = await ShardingHost.StartAsync(akka => akka
            .WithActors((system, registry) => registry.Register<EchoActor>(system.ActorOf(Props.Create<EchoActor>(), "echo")))
            .WithShardRegion<ForwardingActor>(
                "forwarding",
                (_, registry, resolver) =>
                {
                    var echo = registry.Get<EchoActor>();
                    return _ => resolver.Props<ForwardingActor>(echo);
                },
                Counter.Extractor,
                new ShardOptions()));
        var region = host.Services.GetRequiredService<IRequiredActor<ForwardingActor>>().ActorRef;

        Assert.Equal(new Counter.Count("x"), await region.Ask<Counter.Count>(new Counter.Count("x"), Deadline));
        await host.StopAsync();
    }

    private sealed class Listener(Journal journal) : UntypedActor
    {
        protected override void OnReceive(object message) => journal.Add(message);
    }

    private sealed class ForwardingActor(IActorRef target) : UntypedActor
    {
        protected override void OnReceive(object message) => target.Forward(message);
    }
}
