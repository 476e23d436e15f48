using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;

namespace Akka.Contract.Tests.Sharding;

public sealed class RegionStopSpecs
{
    [Fact]
    public async Task Graceful_shutdown_gives_every_entity_the_stop_message_and_waits_for_it()
    {
        await using var counters = await CounterRegion.StartAsync(new ShardOptions { HandOffStopMessage = new Counter.Stop() });
        await counters.Count("a");
        await counters.Count("b");
        var ended = counters.RegionEnd();

        counters.Region.Tell(GracefulShutdown.Instance);
        var first = await counters.Journal.Await<Counter.Stopping>();
        var second = await counters.Journal.Await<Counter.Stopping>();

        Assert.Equal(["a", "b"], new[] { first.EntityId, second.EntityId }.Order());
        Assert.False(ended.IsCompleted);
        first.Entity.Tell(new Counter.Release());
        second.Entity.Tell(new Counter.Release());
        await ended;
    }

    [Fact]
    public async Task Graceful_shutdown_of_a_region_without_entities_ends_it()
    {
        await using var counters = await CounterRegion.StartAsync();
        var ended = counters.RegionEnd();

        counters.Region.Tell(GracefulShutdown.Instance);

        await ended;
    }

    [Fact]
    public async Task Stopping_the_host_stops_the_entities_before_it_returns()
    {
        await using var counters = await CounterRegion.StartAsync();
        await counters.Count("a");

        await counters.StopAsync();

        Assert.Contains(new Counter.Stopped("a"), counters.Journal.Rest());
    }
}
