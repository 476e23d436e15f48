using EdgeActors.Config;

namespace EdgeActors.Admit;

/// <summary>The tables of one shard, one a listener that has a limit. Used by one entity at a time.</summary>
public sealed class RateTables
{
    private static readonly TimeSpan ShortestExpireInterval = TimeSpan.FromSeconds(1);

    private readonly AddressTable?[] _tables;
    private readonly int[] _limits;

    /// <param name="limits">By listener; null, or without a rate, where there is none.</param>
    /// <param name="shards">The table size of the settings is for all shards together.</param>
    public RateTables(IReadOnlyList<RateLimitSettings?> limits, int shards)
    {
        _tables = [.. limits.Select(limit => limit?.Limit is null
            ? null
            : new AddressTable((limit.TableSize + shards - 1) / shards, limit.Per, limit.Expire))];
        _limits = [.. limits.Select(limit => limit?.Limit ?? 0)];
        var soonest = limits.Min(limit => limit?.Limit is null ? null : limit?.Expire) ?? TimeSpan.Zero;
        ExpireInterval = soonest / 4 > ShortestExpireInterval ? soonest / 4 : ShortestExpireInterval;
    }

    /// <summary>How often <see cref="Expire"/> is worth a call: no address stays for more than a quarter of its time too long, a second at
    /// the least.</summary>
    public TimeSpan ExpireInterval { get; }

    /// <summary>Addresses remembered now, of all listeners.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var table in _tables)
                count += table?.Count ?? 0;
            return count;
        }
    }

    /// <summary>Counts one connection. Those that are refused count too, so a client that keeps hammering stays out.</summary>
    public bool Admit(int listener, in AddressKey address, TimeProvider time)
    {
        if ((uint)listener >= (uint)_tables.Length || _tables[listener] is not { } table)
            return true;
        return table.Track(address, RateClock.Now(time)) <= (uint)_limits[listener];
    }

    /// <summary>Forgets up to <paramref name="max"/> addresses whose time is over.</summary>
    /// <returns>How many it were; fewer than <paramref name="max"/> means that none is left.</returns>
    public int Expire(TimeProvider time, int max)
    {
        var now = RateClock.Now(time);
        var removed = 0;
        foreach (var table in _tables)
            removed += table?.Expire(now, max - removed) ?? 0;
        return removed;
    }
}
