using System.Collections.Immutable;

namespace Akka.Cluster.Sharding;

public interface IShardRegionQuery;

/// <summary>Answered with <see cref="CurrentShardRegionState"/>.</summary>
public sealed class GetShardRegionState : IShardRegionQuery
{
    public static readonly GetShardRegionState Instance = new();

    private GetShardRegionState()
    {
    }
}

/// <summary>Answered with <see cref="ShardRegionStats"/>.</summary>
public sealed class GetShardRegionStats : IShardRegionQuery
{
    public static readonly GetShardRegionStats Instance = new();

    private GetShardRegionStats()
    {
    }
}

/// <param name="shards">The shards that answered.</param>
/// <param name="failed">The ids of those that did not within the query timeout.</param>
public sealed class CurrentShardRegionState(IImmutableSet<ShardState> shards, IImmutableSet<string> failed)
{
    public IImmutableSet<ShardState> Shards { get; } = shards;

    public IImmutableSet<string> Failed { get; } = failed;

    public override string ToString() => $"CurrentShardRegionState[shards={string.Join(", ", Shards)}, failed={string.Join(", ", Failed)}]";
}

/// <summary>A shard with the entities that live in it, passivating ones included.</summary>
public sealed class ShardState(string shardId, IImmutableSet<string> entityIds)
{
    public string ShardId { get; } = shardId;

    public IImmutableSet<string> EntityIds { get; } = entityIds;

    public override string ToString() => $"ShardState[shardId={ShardId}, entityIds={string.Join(", ", EntityIds)}]";
}

/// <param name="stats">How many entities each shard has, of the shards that answered.</param>
/// <param name="failed">The ids of those that did not within the query timeout.</param>
public sealed class ShardRegionStats(IImmutableDictionary<string, int> stats, IImmutableSet<string> failed)
{
    public IImmutableDictionary<string, int> Stats { get; } = stats;

    public IImmutableSet<string> Failed { get; } = failed;

    public override string ToString() =>
        $"ShardRegionStats[stats={string.Join(", ", Stats.Select(shard => $"({shard.Key}:{shard.Value})"))}, failed={string.Join(", ", Failed)}]";
}
