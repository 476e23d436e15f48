using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Rows by address; a row keeps its number until it is removed. Rows are in chunks, so growing copies nothing: 24 bytes an
/// address and 4 to 8 for the hash, where a Dictionary of counts takes up to 109. Not thread-safe.</summary>
/// <param name="capacity">Rows at most.</param>
/// <param name="keptChunks">Chunks that an empty map keeps; it frees the others.</param>
internal sealed class AddressMap<T>(int capacity, int keptChunks)
    where T : struct
{
    public const int None = -1;

    private const int ChunkBits = 8, ChunkSize = 1 << ChunkBits, FewestBuckets = 16;

    private readonly List<Row[]> _chunks = [];
    private int[] _buckets = NewBuckets(FewestBuckets);
    private int _free = None;

    public int Count { get; private set; }

    /// <summary>Upper bound of row numbers, removed rows included.</summary>
    public int Used { get; private set; }

    public ref T this[int index] => ref At(index).Value;

    public AddressKey KeyOf(int index) => At(index).Key;

    /// <returns>The number of the row, or <see cref="None"/>.</returns>
    public int Find(in AddressKey key)
    {
        var index = BucketOf(key);
        while (index != None && At(index).Key != key)
            index = At(index).Next;
        return index;
    }

    /// <param name="key">Must have no row.</param>
    /// <returns>The number of its row.</returns>
    public int Add(in AddressKey key, in T value)
    {
        if (Count == _buckets.Length)
            Rehash(_buckets.Length * 2);
        var index = Take();
        ref var bucket = ref BucketOf(key);
        At(index) = new Row { Key = key, Next = bucket, Value = value };
        bucket = index;
        Count++;
        return index;
    }

    public void Remove(int index)
    {
        ref var link = ref BucketOf(At(index).Key);
        while (link != index)
            link = ref At(link).Next;
        link = At(index).Next;
        At(index).Next = _free;
        _free = index;
        if (--Count == 0 && _chunks.Count > keptChunks)
            Clear();
    }

    private ref Row At(int index) => ref _chunks[index >> ChunkBits][index & (ChunkSize - 1)];

    private ref int BucketOf(in AddressKey key) => ref _buckets[key.GetHashCode() & (_buckets.Length - 1)];

    private int Take()
    {
        if (_free is var index and not None)
        {
            _free = At(index).Next;
            return index;
        }
        if (Used >> ChunkBits == _chunks.Count)
            _chunks.Add(new Row[Math.Min(ChunkSize, capacity - Used)]);
        return Used++;
    }

    private void Clear()
    {
        _chunks.RemoveRange(keptChunks, _chunks.Count - keptChunks);
        _buckets = NewBuckets(FewestBuckets);
        Used = 0;
        _free = None;
    }

    // Follows the chains: a removed row cannot be told from a used one.
    private void Rehash(int size)
    {
        var old = _buckets;
        _buckets = NewBuckets(size);
        foreach (var head in old)
        {
            for (var index = head; index != None;)
            {
                ref var row = ref At(index);
                var next = row.Next;
                ref var bucket = ref BucketOf(row.Key);
                row.Next = bucket;
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

    private struct Row
    {
        public AddressKey Key;
        public int Next;
        public T Value;
    }
}
