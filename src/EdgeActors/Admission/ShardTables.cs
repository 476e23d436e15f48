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

    /// <summary>What another node has counted of a shard that it gives away: for the entity that comes next, if it comes to this node.</summary>
    internal void Leave(HotRates hot)
    {
        if ((uint)hot.Shard >= (uint)_left.Length || Limits.NumberOf(hot.Listener) < 0)
            return;
        ref var slot = ref _left[hot.Shard];
        Left[]? before, after;
        do
        {
            before = Volatile.Read(ref slot);
            // Who had the shard last has counted on from what the one before it had left.
            after = [.. (before ?? []).Where(left => left.Hot.Listener != hot.Listener), new Left(hot, Time.GetTimestamp())];
        }
        while (Interlocked.CompareExchange(ref slot, after, before) != before);
    }

    /// <summary>Whether a client is over its limit by what was left for this shard. While the shard is on its way nobody else can tell.</summary>
    internal bool IsOver(int shard, int listener, in AddressKey address)
    {
        if (Volatile.Read(ref _left[shard]) is not { } all || Limits.Of(listener) is not { Limit: { } limit, Per: var per })
            return false;
        var key = Limits.KeyOf(listener);
        foreach (var (hot, since) in all)
        {
            if (hot.Listener == key)
                return hot.RateOf(address, Time.GetElapsedTime(since), per) >= limit;
        }
        return false;
    }

    /// <summary>The shard has come to another node than this one.</summary>
    internal void Drop(int shard) => Volatile.Write(ref _left[shard], null);

    /// <summary>Counts on from what was left for this shard.</summary>
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
