using Akka.Cluster.Sharding;

namespace Akka.Contract.Tests.Sharding;

public sealed class HashCodeMessageExtractorSpecs
{
    [Fact]
    public void Shard_ids_are_the_numbers_below_the_maximum_and_all_are_used()
    {
        var extractor = HashCodeMessageExtractor.Create(30, message => (string)message);

        var shards = Enumerable.Range(0, 10_000).Select(n => extractor.ShardId($"192.0.2.{n}")).ToHashSet();

        Assert.Equal(30, extractor.MaxNumberOfShards);
        Assert.Equal(Enumerable.Range(0, 30).Select(n => n.ToString()).ToHashSet(), shards);
    }

    [Fact]
    public void Entities_spread_evenly_over_the_shards()
    {
        var extractor = HashCodeMessageExtractor.Create(10, message => (string)message);

        var sizes = Enumerable.Range(0, 10_000).GroupBy(n => extractor.ShardId($"entity-{n}")).Select(shard => shard.Count());

        Assert.All(sizes, size => Assert.InRange(size, 800, 1200));
    }

    [Fact]
    public void The_shard_of_an_id_is_the_same_for_every_extractor_of_that_size()
    {
        var one = HashCodeMessageExtractor.Create(30, message => (string)message);
        var other = new Halves();

        Assert.All(Enumerable.Range(0, 100), n => Assert.Equal(one.ShardId($"id-{n}"), other.ShardId($"id-{n}", new object())));
    }

    [Fact]
    public void The_id_and_the_payload_come_from_the_functions()
    {
        var plain = HashCodeMessageExtractor.Create(30, message => message as string);
        var both = HashCodeMessageExtractor.Create(30, message => ((string)message)[..1], message => ((string)message)[1..]);

        Assert.Equal("ab", plain.EntityId("ab"));
        Assert.Equal("ab", plain.EntityMessage("ab"));
        Assert.Null(plain.EntityId(7));
        Assert.Equal("a", both.EntityId("ab"));
        Assert.Equal("b", both.EntityMessage("ab"));
    }

    [Fact]
    public void The_payload_is_the_message_itself_unless_overridden()
    {
        var message = new object();

        Assert.Same(message, new Halves().EntityMessage(message));
    }

    private sealed class Halves() : HashCodeMessageExtractor(30)
    {
        public override string? EntityId(object message) => message.ToString();
    }
}
