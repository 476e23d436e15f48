using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Connection rate per client address, for a bounded number of addresses: the least recently seen one is evicted. 48 bytes an
/// address and 4 to 8 for the hash. Not thread-safe.</summary>
public sealed class AddressTable
{
    /// <summary>Rows per call: some tens of microseconds.</summary>
    internal const int Portion = 1024;

    private const int None = AddressMap<Entry>.None;

    // Each Track removes up to this many expired entries, so the table shrinks while it is used.
    private const int ExpirePerTrack = 2;

    private readonly uint _periodMs;
    private readonly uint _expireMs;

    private readonly AddressMap<Entry> _entries;
    private int _newest = None;
    private int _oldest = None;

    /// <param name="capacity">Addresses remembered at once, 1 or more.</param>
    /// <param name="period">Length of the sliding window, 1 ms to <see cref="RateLimitSettings.MaxPeriod"/>.</param>
    /// <param name="expire">An address unseen for this long is forgotten: two windows to <see cref="RateLimitSettings.MaxExpire"/>.</param>
    public AddressTable(int capacity, TimeSpan period, TimeSpan expire)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, RateLimitSettings.MaxPeriod);
        ArgumentOutOfRangeException.ThrowIfLessThan(expire, period * 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(expire, RateLimitSettings.MaxExpire);
        Capacity = capacity;
        _entries = new AddressMap<Entry>(capacity, keptChunks: 0);
        _periodMs = (uint)period.TotalMilliseconds;
        _expireMs = (uint)expire.TotalMilliseconds;
    }

    public int Capacity { get; }

    public int Count => _entries.Count;

    /// <summary>Addresses evicted because the table was full.</summary>
    public long Evicted { get; private set; }

    /// <summary>Counts a connection of <paramref name="key"/> and returns the rate with it. Refused connections count as well.</summary>
    public uint Track(in AddressKey key, uint nowMs)
    {
        Expire(nowMs, ExpirePerTrack);
        return See(key, nowMs).Counter.Add(nowMs, _periodMs);
    }

    public uint Rate(in AddressKey key, uint nowMs)
    {
        var index = _entries.Find(key);
        return index == None ? 0 : _entries[index].Counter.Read(nowMs, _periodMs);
    }

    /// <summary>As <see cref="ConnectionRateCounter.AtLeastFor"/>.</summary>
    public uint AtLeastFor(in AddressKey key, uint limit, uint nowMs)
    {
        var index = _entries.Find(key);
        return index == None ? 0 : _entries[index].Counter.AtLeastFor(limit, nowMs, _periodMs);
    }

    /// <summary>Removes up to <paramref name="max"/> expired addresses.</summary>
    /// <returns>Addresses removed; fewer than <paramref name="max"/>: none is left.</returns>
    public int Expire(uint nowMs, int max)
    {
        var removed = 0;
        while (removed < max && _oldest != None && nowMs - _entries[_oldest].LastSeen >= _expireMs)
        {
            Remove(_oldest);
            removed++;
        }

        return removed;
    }

    /// <summary>The address's connections of the last <paramref name="ms"/> were not counted: undoes the decay since it was last seen, for
    /// that time at most. Several nodes may report the same time.</summary>
    public void Hold(in AddressKey key, uint ms, uint nowMs)
    {
        var index = _entries.Find(key);
        if (index == None)
            return;
        var unseen = nowMs - _entries[index].LastSeen;
        See(key, nowMs).Counter.Hold(Math.Min(ms, unseen));
    }

    /// <returns>False: the address was unknown.</returns>
    public bool Forget(in AddressKey key)
    {
        var index = _entries.Find(key);
        if (index == None)
            return false;
        Remove(index);
        return true;
    }

    /// <summary>The highest rates among <see cref="Portion"/> rows. Addresses that come or go between two portions may be missed.</summary>
    public TopRates Top(int from, int most, uint nowMs)
    {
        var found = new List<(AddressKey Address, uint Count)>();
        var end = Math.Min(_entries.Used, from + Portion);
        for (var index = from; index < end; index++)
        {
            ref var entry = ref _entries[index];
            if (!IsFree(index) && entry.Counter.Read(nowMs, _periodMs) is var rate and > 0)
                found.Add((_entries.KeyOf(index), rate));
        }
        found.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        if (found.Count > most)
            found.RemoveRange(most, found.Count - most);
        return new TopRates(found, end < _entries.Used ? end : null);
    }

    /// <summary>At most <paramref name="most"/> addresses that still count: those with a rate above <paramref name="hot"/> first, then the
    /// others, each group by last use. Walks through the whole table.</summary>
    public IReadOnlyList<(AddressKey Address, RateHistory History)> Counting(uint hot, int most, uint nowMs)
    {
        var (found, others) = (new List<(AddressKey, RateHistory)>(), new List<(AddressKey, RateHistory)>());
        for (var index = _newest; index != None && found.Count < most; index = _entries[index].Older)
        {
            ref var entry = ref _entries[index];
            // All further entries are older than two periods and no longer count.
            if (nowMs - entry.LastSeen >= 2 * _periodMs)
                break;
            var rate = entry.Counter.Read(nowMs, _periodMs);
            var list = rate > hot ? found : others;
            if (rate > 0 && list.Count < most)
                list.Add((_entries.KeyOf(index), entry.Counter.History(nowMs, _periodMs)));
        }
        found.AddRange(others.Take(most - found.Count));
        return found;
    }

    public void Add(in AddressKey key, in RateHistory history, uint nowMs) => See(key, nowMs).Counter.Add(history, nowMs, _periodMs);

    /// <summary>Finds or adds the row of <paramref name="key"/> and makes it the most recently seen.</summary>
    private ref Entry See(in AddressKey key, uint nowMs)
    {
        var index = _entries.Find(key);
        if (index == None)
            index = Add(key, nowMs);
        else
            Unlink(index);
        LinkNewest(index);
        ref var entry = ref _entries[index];
        entry.LastSeen = nowMs;
        return ref entry;
    }

    private int Add(in AddressKey key, uint nowMs)
    {
        if (Count == Capacity)
        {
            Remove(_oldest);
            Evicted++;
        }

        return _entries.Add(key, new Entry { Counter = new ConnectionRateCounter(nowMs) });
    }

    private void Remove(int index)
    {
        Unlink(index);
        _entries[index].Newer = index;
        _entries.Remove(index);
    }

    /// <summary>A free row links to itself.</summary>
    private bool IsFree(int index) => _entries[index].Newer == index;

    private void LinkNewest(int index)
    {
        ref var entry = ref _entries[index];
        entry.Newer = None;
        entry.Older = _newest;
        if (_newest == None)
            _oldest = index;
        else
            _entries[_newest].Newer = index;
        _newest = index;
    }

    private void Unlink(int index)
    {
        ref var entry = ref _entries[index];
        if (entry.Newer == None)
            _newest = entry.Older;
        else
            _entries[entry.Newer].Older = entry.Older;
        if (entry.Older == None)
            _oldest = entry.Newer;
        else
            _entries[entry.Older].Newer = entry.Newer;
    }

    private struct Entry
    {
        public ConnectionRateCounter Counter;
        public uint LastSeen;
        public int Newer;
        public int Older;
    }
}
