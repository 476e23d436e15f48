using Akka.Actor;

namespace Akka.Contract.Tests.Sharding;

public sealed class EntityLifeSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private CounterRegion _counters = null!;

    public async Task InitializeAsync() => _counters = await CounterRegion.StartAsync();

    public async Task DisposeAsync() => await _counters.DisposeAsync();

    [Fact]
    public async Task An_entity_that_stops_itself_is_made_anew_by_a_later_message()
    {
        var before = await _counters.Count("a");

        _counters.Region.Tell(new Counter.Leave("a"));
        await _counters.Journal.Await<Counter.Stopped>();
        var after = await _counters.CountInIncarnationAfter(before.Entity);

        Assert.Equal(1, after.Value);
        Assert.Equal(before.Entity.Path, after.Entity.Path);
    }

    [Fact]
    public async Task An_entity_that_crashes_is_restarted_in_its_place_and_the_next_message_reaches_it()
    {
        var before = await _counters.Count("a");
        await _counters.Count("a");

        _counters.Region.Tell(new Counter.Crash("a"));
        var after = await _counters.Count("a");

        Assert.Equal(1, after.Value);
        Assert.Equal(before.Entity, after.Entity);
    }

    [Fact]
    public async Task A_crash_does_not_touch_the_other_entities_of_the_shard()
    {
        var neighbour = NeighbourOf("a");
        await _counters.Count("a");
        await _counters.Count(neighbour);

        _counters.Region.Tell(new Counter.Crash("a"));
        await _counters.Count("a");

        Assert.Equal(2, (await _counters.Count(neighbour)).Value);
    }

    [Fact]
    public async Task Passivation_gives_the_entity_its_own_stop_message_and_a_later_message_makes_it_anew()
    {
        var before = await _counters.Count("a");

        _counters.Region.Tell(new Counter.Retire("a"));
        var stopping = await _counters.Journal.Await<Counter.Stopping>();
        Assert.Equal(before.Entity, stopping.Entity);
        stopping.Entity.Tell(new Counter.Release());
        await _counters.Journal.Await<Counter.Stopped>();

        // Nothing is lost here: the shard buffers until it has seen the entity's end.
        var after = await _counters.Count("a");
        Assert.Equal(1, after.Value);
        Assert.NotEqual(before.Entity.Path.Uid, after.Entity.Path.Uid);
    }

    [Fact]
    public async Task Messages_to_a_passivating_entity_wait_and_reach_the_next_one_in_order()
    {
        var before = await _counters.Count("a");
        _counters.Region.Tell(new Counter.Retire("a"));
        var stopping = await _counters.Journal.Await<Counter.Stopping>();

        var waiting = Enumerable.Range(0, 10).Select(_ => _counters.Count("a")).ToArray();
        // Same shard, later message: its answer says that the ten above have been seen by the shard.
        Assert.Equal(1, (await _counters.Count(NeighbourOf("a"))).Value);
        Assert.All(waiting, answer => Assert.False(answer.IsCompleted));
        stopping.Entity.Tell(new Counter.Release());

        var answers = await Task.WhenAll(waiting).WaitAsync(Deadline);
        Assert.Equal(Enumerable.Range(1, 10), answers.Select(answer => answer.Value));
        Assert.All(answers, answer => Assert.NotEqual(before.Entity.Path.Uid, answer.Entity.Path.Uid));
    }

    [Fact]
    public async Task A_second_request_for_passivation_sends_no_second_stop_message()
    {
        await _counters.Count("a");

        _counters.Region.Tell(new Counter.Retire("a", Times: 3));
        var stopping = await _counters.Journal.Await<Counter.Stopping>();
        // All three requests went to the shard before this one, so they have been decided when it is answered.
        await _counters.Count(NeighbourOf("a"));
        stopping.Entity.Tell(new Counter.Release());
        await _counters.Journal.Await<Counter.Stopped>();

        Assert.DoesNotContain(_counters.Journal.Rest(), entry => entry is Counter.Stopping);
    }

    [Fact]
    public async Task A_passivation_that_a_stranger_asks_for_is_ignored()
    {
        var before = await _counters.Count("a");
        var shard = await _counters.System.ActorSelection(before.Entity.Path.Parent).ResolveOne(Deadline);

        shard.Tell(new Cluster.Sharding.Passivate(new Counter.Stop()));

        var after = await _counters.Count("a");
        Assert.Equal((2, before.Entity), (after.Value, after.Entity));
    }

    private static string NeighbourOf(string entityId)
    {
        var shard = Counter.Extractor.ShardId(entityId, null);
        return Enumerable.Range(0, 1000).Select(n => $"n{n}").First(id => Counter.Extractor.ShardId(id, null) == shard);
    }
}
