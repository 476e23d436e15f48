using System.Collections.Concurrent;
using EdgeActors.Admit;

namespace EdgeActors.Cluster;

/// <summary>The tables of the shards that are on this node, for one stay in the cluster. Each is used by its entity alone.</summary>
public sealed class SharedTables(RateLimits limits, TimeProvider time)
{
    /// <summary>A message for each listener that has a limit, of the last owner or two.</summary>
    private const int MostHandedOver = 16;

    private readonly (RateTables? Tables, long Since)[] _shards = new (RateTables?, long)[RateLimitExtractor.Shards];

    private readonly ConcurrentQueue<(HotRates Hot, long Since)>?[] _handedOver = new ConcurrentQueue<(HotRates, long)>?[RateLimitExtractor.Shards];

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
        if ((uint)hot.Shard >= (uint)_handedOver.Length)
            return;
        var queue = Volatile.Read(ref _handedOver[hot.Shard]) ?? Interlocked.CompareExchange(ref _handedOver[hot.Shard], new(), null) ?? _handedOver[hot.Shard]!;
        queue.Enqueue((hot, Time.GetTimestamp()));
        // The shard may go to a third node, and nobody takes these.
        while (queue.Count > MostHandedOver)
            queue.TryDequeue(out _);
    }

    /// <summary>Counts on from what was left for this shard.</summary>
    internal void TakeOver(int shard, RateTables tables)
    {
        if (Volatile.Read(ref _handedOver[shard]) is not { IsEmpty: false } queue)
            return;
        while (queue.TryDequeue(out var left))
        {
            var listener = Limits.NumberOf(left.Hot.Listener);
            foreach (var (address, history) in left.Hot.Rates)
                tables.Add(listener, address, history, Time.GetElapsedTime(left.Since), Time);
        }
    }
}
