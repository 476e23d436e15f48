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

    /// <param name="limits">Those in force, which may become others.</param>
    /// <param name="shards">The table size of the settings is for all shards together.</param>
    public RateTables(RateLimits limits, int shards)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _source = limits;
        _shards = shards;
        Adopt(limits.Current);
    }

    /// <summary>How often <see cref="Expire"/> is worth a call: no address stays for more than a quarter of its time too long, a second at
    /// the least.</summary>
    public TimeSpan ExpireInterval { get; private set; }

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
        Follow();
        if ((uint)listener >= (uint)_tables.Length || _tables[listener] is not { } table)
            return true;
        return table.Track(address, RateClock.Now(time)) <= (uint)_limits[listener];
    }

    /// <summary>Forgets up to <paramref name="max"/> addresses whose time is over.</summary>
    /// <returns>How many it were; fewer than <paramref name="max"/> means that none is left.</returns>
    public int Expire(TimeProvider time, int max)
    {
        Follow();
        var now = RateClock.Now(time);
        var removed = 0;
        foreach (var table in _tables)
            removed += table?.Expire(now, max - removed) ?? 0;
        return removed;
    }

    private void Follow()
    {
        var current = _source.Current;
        if (!ReferenceEquals(current, _settings))
            Adopt(current);
    }

    /// <summary>What was counted is kept unless it was counted in another way.</summary>
    private void Adopt(IReadOnlyList<RateLimitSettings?> next)
    {
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
    internal IEnumerable<(int Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)> Counting(int most, TimeProvider time)
    {
        for (var listener = 0; listener < _tables.Length; listener++)
        {
            if (_tables[listener]?.Counting((uint)_limits[listener] / 2, most, RateClock.Now(time)) is { Count: > 0 } rates)
                yield return (listener, rates);
        }
    }

    /// <summary>Counts on from what others have counted.</summary>
    /// <param name="ago">When they said so.</param>
    internal void Add(int listener, in AddressKey address, in RateHistory history, TimeSpan ago, TimeProvider time)
    {
        Follow();
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
