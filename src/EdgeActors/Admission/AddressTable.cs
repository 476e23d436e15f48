using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// The connection rate of each client address, for a bounded number of addresses: beyond it the one unseen for longest is forgotten,
/// as is one unseen for the expiry time. Grows with use, at 48 bytes an address and 4 to 8 for the hash. For one thread at a time.
/// </summary>
public sealed class AddressTable
{
    /// <summary>Rows looked at in one go: some tens of microseconds.</summary>
    internal const int Portion = 1024;

    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;
    private const int None = -1;

    // Amortised: each look at the table pays for the removal of up to this many old entries, so it shrinks while it is used.
    private const int ExpirePerTrack = 2;

    private readonly uint _periodMs;
    private readonly uint _expireMs;

    // Chunks instead of one array: growing copies nothing, and never holds twice what it needs.
    private readonly List<Entry[]> _chunks = [];
    private int[] _buckets = NewBuckets(16);
    private int _used;
    private int _free = None;
    private int _newest = None;
    private int _oldest = None;

    /// <param name="capacity">Addresses remembered at once, 1 or more.</param>
    /// <param name="period">Length of the sliding window, 1 ms to <see cref="RateLimitSettings.MaxPeriod"/>.</param>
    /// <param name="expire">An address unseen for this long is forgotten; two windows or more, or it would forget what still counts;
    /// at most <see cref="RateLimitSettings.MaxExpire"/>.</param>
    public AddressTable(int capacity, TimeSpan period, TimeSpan expire)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, RateLimitSettings.MaxPeriod);
        ArgumentOutOfRangeException.ThrowIfLessThan(expire, period * 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(expire, RateLimitSettings.MaxExpire);
        Capacity = capacity;
        _periodMs = (uint)period.TotalMilliseconds;
        _expireMs = (uint)expire.TotalMilliseconds;
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    /// <summary>Addresses that were forgotten early because the table was full.</summary>
    public long Evicted { get; private set; }

    /// <summary>Counts a connection of <paramref name="key"/> and returns the rate with it. Refused connections count as well.</summary>
    public uint Track(in AddressKey key, uint nowMs)
    {
        Expire(nowMs, ExpirePerTrack);
        return See(key, nowMs).Counter.Add(nowMs, _periodMs);
    }

    public uint Rate(in AddressKey key, uint nowMs)
    {
        var index = Find(key);
        return index == None ? 0 : At(index).Counter.Read(nowMs, _periodMs);
    }

    /// <summary>Forgets up to <paramref name="max"/> addresses that were unseen for the expiry time.</summary>
    /// <returns>How many it were; fewer than <paramref name="max"/> means that none is left.</returns>
    public int Expire(uint nowMs, int max)
    {
        var removed = 0;
        while (removed < max && _oldest != None && nowMs - At(_oldest).LastSeen >= _expireMs)
        {
            Remove(_oldest);
            removed++;
        }

        return removed;
    }

    /// <returns>False: it was not known.</returns>
    public bool Forget(in AddressKey key)
    {
        var index = Find(key);
        if (index == None)
            return false;
        Remove(index);
        return true;
    }

    /// <summary>The highest rates among <see cref="Portion"/> rows. Addresses that come or go between two portions may be missed.</summary>
    public TopRates Top(int from, int most, uint nowMs)
    {
        var found = new List<(AddressKey Address, uint Count)>();
        var end = Math.Min(_used, from + Portion);
        for (var index = from; index < end; index++)
        {
            ref var entry = ref At(index);
            if (!IsFree(index) && entry.Counter.Read(nowMs, _periodMs) is var rate and > 0)
                found.Add((entry.Key, rate));
        }
        found.Sort(static (a, b) => b.Count.CompareTo(a.Count));
        if (found.Count > most)
            found.RemoveRange(most, found.Count - most);
        return new TopRates(found, end < _used ? end : null);
    }

    /// <summary>At most <paramref name="most"/> addresses that still count: those with a rate above <paramref name="hot"/> first, then the
    /// others, each group by last use. Walks through the whole table.</summary>
    public IReadOnlyList<(AddressKey Address, RateHistory History)> Counting(uint hot, int most, uint nowMs)
    {
        var (found, others) = (new List<(AddressKey, RateHistory)>(), new List<(AddressKey, RateHistory)>());
        for (var index = _newest; index != None && found.Count < most; index = At(index).Older)
        {
            ref var entry = ref At(index);
            // All further entries are older than two periods and count no more.
            if (nowMs - entry.LastSeen >= 2 * _periodMs)
                break;
            var rate = entry.Counter.Read(nowMs, _periodMs);
            var list = rate > hot ? found : others;
            if (rate > 0 && list.Count < most)
                list.Add((entry.Key, entry.Counter.History(nowMs, _periodMs)));
        }
        found.AddRange(others.Take(most - found.Count));
        return found;
    }

    /// <summary>Adds what another table has counted.</summary>
    public void Add(in AddressKey key, in RateHistory history, uint nowMs) => See(key, nowMs).Counter.Add(history, nowMs, _periodMs);

    private ref Entry At(int index) => ref _chunks[index >> ChunkBits][index & (ChunkSize - 1)];

    private ref int BucketOf(in AddressKey key) => ref _buckets[key.GetHashCode() & (_buckets.Length - 1)];

    private int Find(in AddressKey key)
    {
        var index = BucketOf(key);
        while (index != None && At(index).Key != key)
            index = At(index).Next;
        return index;
    }

    /// <summary>The row of <paramref name="key"/>, new or known, which is the one seen last from now on.</summary>
    private ref Entry See(in AddressKey key, uint nowMs)
    {
        var index = Find(key);
        if (index == None)
            index = Add(key, nowMs);
        else
            Unlink(index);
        LinkNewest(index);
        ref var entry = ref At(index);
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

        if (Count == _buckets.Length)
            Rehash(_buckets.Length * 2);
        var index = Take();
        ref var bucket = ref BucketOf(key);
        At(index) = new Entry { Key = key, Counter = new ConnectionRateCounter(nowMs), Next = bucket };
        bucket = index;
        Count++;
        return index;
    }

    private int Take()
    {
        if (_free is var index and not None)
        {
            _free = At(index).Next;
            return index;
        }

        if (_used >> ChunkBits == _chunks.Count)
            _chunks.Add(new Entry[Math.Min(ChunkSize, Capacity - _used)]);
        return _used++;
    }

    private void Remove(int index)
    {
        ref var link = ref BucketOf(At(index).Key);
        while (link != index)
            link = ref At(link).Next;
        link = At(index).Next;
        Unlink(index);
        At(index).Newer = index;
        At(index).Next = _free;
        _free = index;
        if (--Count == 0)
            Clear();
    }

    /// <summary>A free row is its own neighbour.</summary>
    private bool IsFree(int index) => At(index).Newer == index;

    // An empty table frees what a flood of addresses made it take.
    private void Clear()
    {
        _chunks.Clear();
        _buckets = NewBuckets(16);
        _used = 0;
        _free = None;
    }

    private void Rehash(int size)
    {
        _buckets = NewBuckets(size);
        for (var index = _oldest; index != None; index = At(index).Newer)
        {
            ref var bucket = ref BucketOf(At(index).Key);
            At(index).Next = bucket;
            bucket = index;
        }
    }

    private void LinkNewest(int index)
    {
        ref var entry = ref At(index);
        entry.Newer = None;
        entry.Older = _newest;
        if (_newest == None)
            _oldest = index;
        else
            At(_newest).Newer = index;
        _newest = index;
    }

    private void Unlink(int index)
    {
        ref var entry = ref At(index);
        if (entry.Newer == None)
            _newest = entry.Older;
        else
            At(entry.Newer).Older = entry.Older;
        if (entry.Older == None)
            _oldest = entry.Newer;
        else
            At(entry.Older).Newer = entry.Newer;
    }

    private static int[] NewBuckets(int size)
    {
        var buckets = GC.AllocateUninitializedArray<int>((int)BitOperations.RoundUpToPowerOf2((uint)size));
        buckets.AsSpan().Fill(None);
        return buckets;
    }

    private struct Entry
    {
        public AddressKey Key;
        public ConnectionRateCounter Counter;
        public uint LastSeen;
        public int Next;
        public int Newer;
        public int Older;
    }
}
