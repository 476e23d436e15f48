using System.Globalization;

namespace Akka.Cluster.Sharding;

/// <summary>Spreads entities evenly over a fixed number of shards, by a hash of the id that is the same in every process.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    public int MaxNumberOfShards { get; }

    private readonly string[] _shardIds;

    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        MaxNumberOfShards = maxNumberOfShards;
        _shardIds = new string[maxNumberOfShards];
        for (var shard = 0; shard < maxNumberOfShards; shard++)
            _shardIds[shard] = shard.ToString(CultureInfo.InvariantCulture);
    }

    /// <param name="maxNumberOfShards">About ten times the greatest number of nodes.</param>
    /// <param name="entityIdExtractor">Null for a message that is for no entity.</param>
    /// <param name="messageExtractor">What the entity receives; without it, the message itself.</param>
    public static HashCodeMessageExtractor Create(
        int maxNumberOfShards, Func<object, string?> entityIdExtractor, Func<object, object>? messageExtractor = null)
    {
        ArgumentNullException.ThrowIfNull(entityIdExtractor);
        return new FromFunctions(maxNumberOfShards, entityIdExtractor, messageExtractor);
    }

    public abstract string? EntityId(object message);

    public virtual object? EntityMessage(object message) => message;

    [Obsolete("Use ShardId(string, object?) instead. Since v1.5.15")]
    public virtual string? ShardId(object message)
    {
        var id = message is ShardRegion.StartEntity start ? start.EntityId : EntityId(message);
        return string.IsNullOrEmpty(id) ? null : ShardId(id);
    }

    public virtual string ShardId(string entityId, object? messageHint = null) =>
        _shardIds[Hash(entityId) % (uint)_shardIds.Length];

    /// <summary>FNV-1a over the UTF-16 units, then one multiplication whose upper half mixes what modulo would leave apart.</summary>
    private static uint Hash(string id)
    {
        var hash = 2166136261u;
        foreach (var unit in id)
            hash = (hash ^ unit) * 16777619u;
        return (uint)((hash * 0x9E3779B97F4A7C15ul) >> 32);
    }

    private sealed class FromFunctions(int maxNumberOfShards, Func<object, string?> entityId, Func<object, object>? entityMessage)
        : HashCodeMessageExtractor(maxNumberOfShards)
    {
        public override string? EntityId(object message) => entityId(message);

        public override object? EntityMessage(object message) => entityMessage is null ? message : entityMessage(message);
    }
}
