using EdgeActors.Admit;

namespace EdgeActors.Cluster;

/// <summary>The tables of the shards that are on this node, for one stay in the cluster. Each is used by its entity alone.</summary>
public sealed class SharedTables(RateLimits limits, TimeProvider time)
{
    private readonly (RateTables? Tables, long Since)[] _shards = new (RateTables?, long)[RateLimitExtractor.Shards];

    internal RateLimits Limits { get; } = limits;

    internal TimeProvider Time { get; } = time;

    /// <summary>Shards that have an entity here.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (ref readonly var shard in _shards.AsSpan())
            {
                if (Volatile.Read(in shard.Tables) is not null)
                    count++;
            }
            return count;
        }
    }

    /// <returns>Those that there are, after a crash of their entity; else empty ones.</returns>
    internal (RateTables Tables, long Since) Of(int shard)
    {
        ref var slot = ref _shards[shard];
        if (slot.Tables is null)
        {
            slot.Since = Time.GetTimestamp();
            Volatile.Write(ref slot.Tables, new RateTables(Limits, RateLimitExtractor.Shards));
        }
        return (slot.Tables, slot.Since);
    }

    /// <summary>The shard goes elsewhere: if it comes back, what it counted here would be counted twice.</summary>
    internal void Clear(int shard) => Volatile.Write(ref _shards[shard].Tables, null);
}
