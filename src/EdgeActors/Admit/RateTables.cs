using EdgeActors.Config;

namespace EdgeActors.Admit;

/// <summary>The tables of one shard, one a listener that has a limit. Used by one entity at a time.</summary>
public sealed class RateTables
{
    private readonly AddressTable?[] _tables;
    private readonly int[] _limits;

    /// <param name="limits">By listener; null where there is none.</param>
    /// <param name="shards">The table size of the settings is for all shards together.</param>
    public RateTables(IReadOnlyList<RateLimitSettings?> limits, int shards)
    {
        _tables = [.. limits.Select(limit => limit is null
            ? null
            : new AddressTable((limit.TableSize + shards - 1) / shards, limit.Per, limit.Expire))];
        _limits = [.. limits.Select(limit => limit?.Limit ?? 0)];
    }

    /// <summary>Counts one connection. Those that are refused count too, so a client that keeps hammering stays out.</summary>
    public bool Admit(int listener, in AddressKey address, TimeProvider time)
    {
        if ((uint)listener >= (uint)_tables.Length || _tables[listener] is not { } table)
            return true;
        return table.Track(address, RateClock.Now(time)) <= (uint)_limits[listener];
    }
}
