using System.Text;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>The tables of one shard, one per listener with a limit. Used by one entity at a time.</summary>
public sealed class RateTables
{
    private static readonly TimeSpan ShortestExpireInterval = TimeSpan.FromSeconds(1);

    private readonly RateLimits _source;
    private readonly int _shards;
    private IReadOnlyList<RateLimitSettings?> _settings = [];
    private AddressTable?[] _tables = [];
    private int[] _limits = [];

    /// <param name="limits">By listener number; null or without a rate: no limit.</param>
    /// <param name="shards">The configured table size is divided by this.</param>
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

    public int Count => _tables.Sum(static table => table?.Count ?? 0);

    /// <summary>Counts one connection. Refused ones count as well, so a client over its limit is refused until it slows down.</summary>
    public bool Admit(int listener, in AddressKey address, TimeProvider time)
    {
        ApplyLimits();
        return TableOf(listener) is not { } table || table.Track(address, RateClock.Now(time)) <= (uint)_limits[listener];
    }

    /// <summary>Milliseconds for which each further connection of the address is refused for sure.</summary>
    internal uint RefusedFor(int listener, in AddressKey address, TimeProvider time) =>
        TableOf(listener)?.AtLeastFor(address, (uint)_limits[listener], RateClock.Now(time)) ?? 0;

    public int Expire(TimeProvider time, int max)
    {
        ApplyLimits();
        var now = RateClock.Now(time);
        var removed = 0;
        foreach (var table in _tables)
            removed += table?.Expire(now, max - removed) ?? 0;
        return removed;
    }

    /// <summary>Keeps the counts of changed limits that are counted in the same way.</summary>
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

    /// <summary>The addresses that count, by listener; those over half of their limit come first.</summary>
    /// <param name="most">Addresses per listener.</param>
    internal IEnumerable<(int Listener, IReadOnlyList<(AddressKey Address, RateHistory History)> Rates)> Counting(
        int most, TimeProvider time)
    {
        for (var listener = 0; listener < _tables.Length; listener++)
        {
            if (_tables[listener]?.Counting((uint)_limits[listener] / 2, most, RateClock.Now(time)) is { Count: > 0 } rates)
                yield return (listener, rates);
        }
    }

    /// <summary>Adds counts of another node that are <paramref name="ago"/> old.</summary>
    internal void Add(int listener, in AddressKey address, in RateHistory history, TimeSpan ago, TimeProvider time)
    {
        ApplyLimits();
        if (TableOf(listener) is not { } table || ago > RateLimitSettings.MaxPeriod)
            return;
        var now = history.After((uint)ago.TotalMilliseconds, (uint)_settings[listener]!.Per.TotalMilliseconds);
        if (now is not { Current: 0, Previous: 0 })
            table.Add(address, now, RateClock.Now(time));
    }

    /// <summary>The window of a listener's limit; null: no limit.</summary>
    internal TimeSpan? PeriodOf(int listener) => TableOf(listener) is null ? null : _settings[listener]?.Per;

    internal uint Rate(int listener, in AddressKey address, TimeProvider time) =>
        TableOf(listener)?.Rate(address, RateClock.Now(time)) ?? 0;

    /// <summary>As <see cref="AddressTable.Hold"/>.</summary>
    internal void Hold(int listener, in AddressKey address, TimeSpan unseen, TimeProvider time) =>
        TableOf(listener)?.Hold(address, (uint)unseen.TotalMilliseconds, RateClock.Now(time));

    internal bool Forget(int listener, in AddressKey address) => TableOf(listener)?.Forget(address) ?? false;

    internal TopRates Top(int listener, int from, int most, TimeProvider time) =>
        TableOf(listener)?.Top(from, most, RateClock.Now(time)) ?? new TopRates([], null);

    private AddressTable? TableOf(int listener) => (uint)listener < (uint)_tables.Length ? _tables[listener] : null;
}

/// <summary>The limits in force by listener number. A reload replaces all of them; tables read them at each use.</summary>
/// <param name="first">Null or without a rate: no limit.</param>
public sealed class RateLimits(IReadOnlyList<RateLimitSettings?> first)
{
    private IReadOnlyList<RateLimitSettings?> _current = first;
    private uint[] _keys = [];

    public IReadOnlyList<RateLimitSettings?> Current => Volatile.Read(ref _current);

    /// <returns>Null: no limit.</returns>
    internal RateLimitSettings? Of(int listener) => Current.ElementAtOrDefault(listener);

    /// <summary>The key of a listener between nodes: listener numbers differ between nodes.</summary>
    internal uint KeyOf(int listener) => Volatile.Read(ref _keys) is var keys && (uint)listener < (uint)keys.Length ? keys[listener] : 0;

    /// <returns>-1: unknown key.</returns>
    internal int NumberOf(uint key) => Array.IndexOf(Volatile.Read(ref _keys), key);

    /// <param name="names">Of the listeners, by number.</param>
    internal void Publish(IReadOnlyList<RateLimitSettings?> next, IReadOnlyList<string> names)
    {
        Volatile.Write(ref _keys, [.. names.Select(ListenerKey.Of)]);
        Volatile.Write(ref _current, next);
    }
}

/// <summary>A listener's name in 32 bits, the same in every process and version, for messages between nodes.</summary>
internal static class ListenerKey
{
    /// <summary>FNV-1a. Listeners with equal keys would share a limit, which is improbable for a few listeners.</summary>
    public static uint Of(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 16777619;
        return hash;
    }
}

/// <summary>The tables of this node's shards, in a cluster for one session. Each is used by its entity alone.</summary>
public sealed class ShardTables(RateLimits limits, TimeProvider time)
{
    private readonly (RateTables? Tables, long Since)[] _shards = new (RateTables?, long)[RateLimitExtractor.Shards];

    /// <summary>By shard; replaced as a whole.</summary>
    private readonly Left[]?[] _left = new Left[]?[RateLimitExtractor.Shards];

    internal RateLimits Limits { get; } = limits;

    internal TimeProvider Time { get; } = time;

    /// <summary>Shards with an entity on this node.</summary>
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

    /// <summary>For a shard that moves away: if it comes back, these counts would be added twice.</summary>
    internal void Clear(int shard) => Volatile.Write(ref _shards[shard].Tables, null);

    /// <summary>Keeps the counts of a shard that another node hands over, for the next entity on this node.</summary>
    internal void Leave(HotRates hot)
    {
        if ((uint)hot.Shard >= (uint)_left.Length || Limits.NumberOf(hot.Listener) < 0)
            return;
        ref var slot = ref _left[hot.Shard];
        Left[]? before, after;
        do
        {
            before = Volatile.Read(ref slot);
            // The newest counts include those of earlier nodes.
            after = [.. (before ?? []).Where(left => left.Hot.Listener != hot.Listener), new Left(hot, Time.GetTimestamp())];
        }
        while (Interlocked.CompareExchange(ref slot, after, before) != before);
    }

    /// <summary>Whether the counts left for this shard are over the limit. No entity can answer while the shard moves.</summary>
    internal bool IsOver(int shard, int listener, in AddressKey address)
    {
        if (Volatile.Read(ref _left[shard]) is not { } all || Limits.Of(listener) is not { Limit: { } limit, Per: var per })
            return false;
        var key = Limits.KeyOf(listener);
        return Array.Find(all, left => left.Hot.Listener == key) is var (hot, since)
            && hot.RateOf(address, Time.GetElapsedTime(since), per) >= limit;
    }

    /// <summary>For a shard that another node has got.</summary>
    internal void Drop(int shard) => Volatile.Write(ref _left[shard], null);

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
