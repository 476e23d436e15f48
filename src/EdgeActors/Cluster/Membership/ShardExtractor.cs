using Akka.Cluster.Sharding;
using EdgeActors.Admit;

namespace EdgeActors.Cluster.Membership;

/// <summary>One entity a shard, both called by the shard's number.</summary>
internal sealed class ShardExtractor : IMessageExtractor
{
    public string? EntityId(object message) => message is IShardMessage { Shard: var shard } ? RateLimitExtractor.NameOf(shard) : null;

    public object EntityMessage(object message) => message;

    public string? ShardId(object message) => EntityId(message);

    public string ShardId(string entityId, object? messageHint = null) => entityId;
}
