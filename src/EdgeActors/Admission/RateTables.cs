using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>The tables of one shard, one a listener that has a limit. Used by one entity at a time.</summary>
public sealed class RateTables
{
    private static readonly TimeSpan ShortestExpireInterval = TimeSpan.FromSeconds(1);

    private readonly RateLimits _source;
    private readonly int _shards;
    private IReadOnlyList<RateLimitSettings?> _settings = [];
    private AddressTable?[] _tables = [];
    private int[] _limits = [];

    /// <param name="limits">By listener; null, or without a rate, where there is none.</param>
    /// <param name="shards">The table size of the settings is for all shards together.</param>
    public RateTables(IReadOnlyList<RateLimitSettings?> limits, int shards)
        : this(new RateLimits(limits), shards)
    {
    }

    public RateTables(RateLimits limits, int shards)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _source = limits;
        _shards = shards;
        ApplyLimits();
    }

    /// <summary>How often to call <see cref="Expire"/>: a quarter of the shortest expiry time, one second or more.</summary>
    public TimeSpan ExpireInterval { get; private set; }

    /// <summary>Addresses remembered now, of all listeners.</summary>
    public int Count => _tables.Sum(static table => table?.Count ?? 0);

    /// <summary>Counts one connection. Refused ones count as well, so a client over its limit stays out as long as it goes on.</summary>
    public bool Admit(int listener, in AddressKey address, TimeProvider time)
    {
        ApplyLimits();
        return TableOf(listener) is not { } table || table.Track(address, RateClock.Now(time)) <= (uint)_limits[listener];
    }

    /// <summary>See <see cref="AddressTable.Expire"/>.</summary>
    public int Expire(TimeProvider time, int max)
    {
        ApplyLimits();
        var now = RateClock.Now(time);
        var removed = 0;
        foreach (var table in _tables)
            removed += table?.Expire(now, max - removed) ?? 0;
        return removed;
    }

    /// <summary>Of limits that have changed, keeps the counts that are counted in the same way.</summary>
    private void ApplyLimits()
    {
        var next = _source.Current;
        if (ReferenceEquals(next, _settings))
            return;
        var tables = new AddressTable?[next.Count];
        for (var i = 0; i < tables.Length; i++)
        {
            if (next[i] is not { Limit: not null } limit)
                continue;
            var before = i < _settings.Count ? _settings[i] : null;
            tables[i] = before?.Limit is not null && limit.CountsLike(before)
                ? _tables[i]
                : new AddressTable((limit.TableSize + _shards - 1) / _shards, limit.Per, limit.Expire);
        }
        (_settings, _tables, _limits) = (next, tables, [.. next.Select(static limit => limit?.Limit ?? 0)]);
        var soonest = next.Min(static limit => limit?.Limit is null ? null : limit?.Expire) ?? TimeSpan.Zero;
        ExpireInterval = soonest / 4 > ShortestExpireInterval ? soonest / 4 : ShortestExpireInterval;
    }

    /// <summary>The addresses that count, by listener: the hot ones, over half of their limit, first.</summary>
    /// <param name="most">Addresses of each listener.</param>
    internal IEnumerable<(int Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)> Counting(
        int most, TimeProvider time)
    {
        for (var listener = 0; listener < _tables.Length; listener++)
        {
            if (_tables[listener]?.Counting((uint)_limits[listener] / 2, most, RateClock.Now(time)) is { Count: > 0 } rates)
                yield return (listener, rates);
        }
    }

    /// <summary>Adds what another node had counted that long ago.</summary>
    internal void Add(int listener, in AddressKey address, in RateHistory history, TimeSpan ago, TimeProvider time)
    {
        ApplyLimits();
        if (TableOf(listener) is not { } table || ago > RateLimitSettings.MaxPeriod)
            return;
        var now = history.After((uint)ago.TotalMilliseconds, (uint)_settings[listener]!.Per.TotalMilliseconds);
        if (now is not { Current: 0, Previous: 0 })
            table.Add(address, now, RateClock.Now(time));
    }

    /// <summary>The window of a listener's limit; null where there is none.</summary>
    internal TimeSpan? PeriodOf(int listener) => TableOf(listener) is null ? null : _settings[listener]?.Per;

    internal uint Rate(int listener, in AddressKey address, TimeProvider time) =>
        TableOf(listener)?.Rate(address, RateClock.Now(time)) ?? 0;

    internal bool Forget(int listener, in AddressKey address) => TableOf(listener)?.Forget(address) ?? false;

    internal TopRates Top(int listener, int from, int most, TimeProvider time) =>
        TableOf(listener)?.Top(from, most, RateClock.Now(time)) ?? new TopRates([], null);

    private AddressTable? TableOf(int listener) => (uint)listener < (uint)_tables.Length ? _tables[listener] : null;
}
