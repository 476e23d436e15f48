using Akka.Actor;
using Akka.Cluster.Hosting;

namespace Akka.Contract.Tests.Sharding;

public sealed class IdlePassivationSpecs
{
    [Fact]
    public async Task An_idle_entity_is_stopped_and_made_anew_by_the_next_message()
    {
        await using var counters = await CounterRegion.StartAsync(new ShardOptions
        {
            PassivateIdleEntityAfter = TimeSpan.FromMilliseconds(300),
        });
        var before = await counters.Count("a");

        await counters.Journal.Await<Counter.Stopped>();

        var after = await counters.Count("a");
        Assert.Equal(1, after.Value);
        Assert.NotEqual(before.Entity.Path.Uid, after.Entity.Path.Uid);
    }

    [Fact]
    public async Task The_idle_time_can_come_from_the_configuration()
    {
        await using var counters = await CounterRegion.StartAsync(
            config: "akka.cluster.sharding.passivate-idle-entity-after = 300 ms");
        await counters.Count("a");

        Assert.Equal("a", (await counters.Journal.Await<Counter.Stopped>()).EntityId);
    }

    [Fact]
    public async Task An_idle_entity_is_given_the_stop_message_of_the_region()
    {
        await using var counters = await CounterRegion.StartAsync(new ShardOptions
        {
            PassivateIdleEntityAfter = TimeSpan.FromMilliseconds(300),
            HandOffStopMessage = new Counter.Stop(),
        });
        await counters.Count("a");

        var stopping = await counters.Journal.Await<Counter.Stopping>();
        var waiting = counters.Count("a");
        stopping.Entity.Tell(new Counter.Release());

        Assert.Equal(1, (await waiting).Value);
        // Else the end of the host would wait for an entity that does nothing about its stop message.
        counters.Region.Tell(new Counter.Leave("a"));
    }

    [Fact]
    public async Task An_entity_that_is_kept_busy_outlives_an_idle_one()
    {
        await using var counters = await CounterRegion.StartAsync(new ShardOptions
        {
            PassivateIdleEntityAfter = TimeSpan.FromSeconds(2),
        });
        await counters.Count("idle");
        var busy = await counters.Count("busy");

        var stopped = counters.Journal.Await<Counter.Stopped>();
        while (!stopped.IsCompleted)
            Assert.Equal(busy.Entity, (await counters.Count("busy")).Entity);

        Assert.Equal("idle", (await stopped).EntityId);
    }
}
