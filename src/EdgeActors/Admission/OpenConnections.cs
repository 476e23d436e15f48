using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// How many connections each address has open. It knows only addresses that have one, so it is bounded by the connections of the node, forgets
/// nothing that counts, and needs neither expiry nor eviction: 24 bytes an address and 4 to 8 for the hash. For any thread: a connection
/// takes the lock twice, for the length of a look-up.
/// </summary>
public sealed class OpenConnections
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;
    private const int FewestBuckets = 16;
    private const int None = -1;

    private int _max;
    private readonly KeyedHash _hash = KeyedHash.Random();
    private readonly Lock _lock = new();
    private readonly List<Entry[]> _chunks = [];
    private int[] _buckets = NewBuckets(FewestBuckets);
    private int _addresses;
    private int _used;
    private int _free = None;

    /// <param name="max">Connections that one address may have open, 1 or more.</param>
    public OpenConnections(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        _max = max;
    }

    /// <summary>As in the constructor. Who is in already, stays.</summary>
    internal void Allow(int max) => Volatile.Write(ref _max, max);

    /// <summary>Addresses that have a connection open.</summary>
    public int Addresses
    {
        get
        {
            lock (_lock)
                return _addresses;
        }
    }

    /// <summary>Connections that this address has open.</summary>
    public int Of(in AddressKey key)
    {
        lock (_lock)
            return Find(key) is var index and not None ? At(index).Count : 0;
    }

    /// <summary>Counts one more, unless the address has as many as it may; who is counted calls <see cref="Close"/> once.</summary>
    public bool TryOpen(in AddressKey key)
    {
        lock (_lock)
        {
            var index = Find(key);
            if (index == None)
                index = Add(key);
            ref var entry = ref At(index);
            if (entry.Count >= _max)
                return false;
            entry.Count++;
            return true;
        }
    }

    /// <summary>One that <see cref="TryOpen"/> has counted is no more.</summary>
    public void Close(in AddressKey key)
    {
        lock (_lock)
        {
            var index = Find(key);
            if (index != None && --At(index).Count == 0)
                Remove(index);
        }
    }

    private ref Entry At(int index) => ref _chunks[index >> ChunkBits][index & (ChunkSize - 1)];

    private ref int BucketOf(in AddressKey key) => ref _buckets[(int)_hash.Of(key) & (_buckets.Length - 1)];

    private int Find(in AddressKey key)
    {
        var index = BucketOf(key);
        while (index != None && At(index).Key != key)
            index = At(index).Next;
        return index;
    }

    private int Add(in AddressKey key)
    {
        if (_addresses == _buckets.Length)
            Rehash(_buckets.Length * 2);
        var index = Take();
        ref var bucket = ref BucketOf(key);
        At(index) = new Entry { Key = key, Next = bucket };
        bucket = index;
        _addresses++;
        return index;
    }

    private int Take()
    {
        if (_free != None)
        {
            var index = _free;
            _free = At(index).Next;
            return index;
        }
        if (_used >> ChunkBits == _chunks.Count)
            _chunks.Add(new Entry[ChunkSize]);
        return _used++;
    }

    private void Remove(int index)
    {
        ref var link = ref BucketOf(At(index).Key);
        while (link != index)
            link = ref At(link).Next;
        link = At(index).Next;
        At(index).Next = _free;
        _free = index;
        // An empty table lets go of what a flood made it take, but for a chunk, lest a lone client makes it take that each time.
        if (--_addresses == 0 && _chunks.Count > 1)
            Clear();
    }

    private void Clear()
    {
        _chunks.RemoveRange(1, _chunks.Count - 1);
        _buckets = NewBuckets(FewestBuckets);
        _used = 0;
        _free = None;
    }

    // Those in use and those that are free look alike, so the chains are followed and not the entries.
    private void Rehash(int size)
    {
        var old = _buckets;
        _buckets = NewBuckets(size);
        foreach (var head in old)
        {
            for (var index = head; index != None;)
            {
                ref var entry = ref At(index);
                var next = entry.Next;
                ref var bucket = ref BucketOf(entry.Key);
                entry.Next = bucket;
                bucket = index;
                index = next;
            }
        }
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
        public int Count;
        public int Next;
    }
}
