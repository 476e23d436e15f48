using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>The tables of the shards that are on this node, in a cluster for one session. Each is used by its entity alone.</summary>
public sealed class ShardTables(RateLimits limits, TimeProvider time)
{
    private readonly (RateTables? Tables, long Since)[] _shards = new (RateTables?, long)[RateLimitExtractor.Shards];

    /// <summary>By shard; swapped whole.</summary>
    private readonly Left[]?[] _left = new Left[]?[RateLimitExtractor.Shards];

    internal RateLimits Limits { get; } = limits;

    internal TimeProvider Time { get; } = time;

    /// <summary>Shards that have an entity here.</summary>
    public int Count => _shards.Count(static shard => shard.Tables is not null);

    /// <returns>The existing tables after a crash of the entity, else empty ones.</returns>
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

    /// <summary>The shard moves to another node: if it comes back, these counts would be added twice.</summary>
    internal void Clear(int shard) => Volatile.Write(ref _shards[shard].Tables, null);

    /// <summary>Keeps the counts of a shard that another node gives away, for the next entity if this node gets it.</summary>
    internal void Leave(HotRates hot)
    {
        if ((uint)hot.Shard >= (uint)_left.Length || Limits.NumberOf(hot.Listener) < 0)
            return;
        ref var slot = ref _left[hot.Shard];
        Left[]? before, after;
        do
        {
            before = Volatile.Read(ref slot);
            // The newest counts include those of the nodes before.
            after = [.. (before ?? []).Where(left => left.Hot.Listener != hot.Listener), new Left(hot, Time.GetTimestamp())];
        }
        while (Interlocked.CompareExchange(ref slot, after, before) != before);
    }

    /// <summary>Whether a client is over its limit by the counts left for this shard: no entity can answer while the shard moves.</summary>
    internal bool IsOver(int shard, int listener, in AddressKey address)
    {
        if (Volatile.Read(ref _left[shard]) is not { } all || Limits.Of(listener) is not { Limit: { } limit, Per: var per })
            return false;
        var key = Limits.KeyOf(listener);
        return Array.Find(all, left => left.Hot.Listener == key) is var (hot, since)
            && hot.RateOf(address, Time.GetElapsedTime(since), per) >= limit;
    }

    /// <summary>Another node has got the shard.</summary>
    internal void Drop(int shard) => Volatile.Write(ref _left[shard], null);

    /// <summary>Adds the counts left for this shard.</summary>
    internal void TakeOver(int shard, RateTables tables)
    {
        if (Volatile.Read(ref _left[shard]) is null)
            return;
        foreach (var (hot, since) in Interlocked.Exchange(ref _left[shard], null) ?? [])
        {
            var listener = Limits.NumberOf(hot.Listener);
            foreach (var (address, history) in hot.Rates)
                tables.Add(listener, address, history, Time.GetElapsedTime(since), Time);
        }
    }

    private sealed record Left(HotRates Hot, long Since);
}
