using System.Numerics;

namespace Akka.Streams.Implementation;

/// <summary>A queue of at most <c>capacity</c> elements that can lose its ends; it takes memory only as it fills.</summary>
internal sealed class RingBuffer<T>
{
    private const int InitialRoom = 16;

    private readonly int _capacity;
    private T?[] _slots;
    private int _head;

    public RingBuffer(int capacity)
    {
        if (capacity < 1)
            throw new ArgumentException("A buffer holds at least one element", nameof(capacity));
        _capacity = capacity;
        _slots = new T?[Math.Min(capacity, InitialRoom)];
    }

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    public bool IsFull => Count == _capacity;

    public T Peek() => _slots[_head]!;

    public void Enqueue(T element)
    {
        if (Count == _slots.Length)
            Grow();
        _slots[Index(Count)] = element;
        Count++;
    }

    public T Dequeue()
    {
        var element = _slots[_head]!;
        _slots[_head] = default;
        _head = Index(1);
        Count--;
        return element;
    }

    public void DropHead() => Dequeue();

    public void DropTail()
    {
        Count--;
        _slots[Index(Count)] = default;
    }

    public void Clear()
    {
        Array.Clear(_slots);
        _head = 0;
        Count = 0;
    }

    private int Index(int offset)
    {
        var index = _head + offset;
        return index >= _slots.Length ? index - _slots.Length : index;
    }

    private void Grow()
    {
        var slots = new T?[(int)Math.Min((uint)_capacity, BitOperations.RoundUpToPowerOf2((uint)_slots.Length + 1))];
        for (var i = 0; i < Count; i++)
            slots[i] = _slots[Index(i)];
        _slots = slots;
        _head = 0;
    }
}
