using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Open connections per address. Addresses without one are not held, so there is no expiry or eviction. Thread-safe.</summary>
public sealed class OpenConnections
{
    // A single client would otherwise allocate the chunk for each connection.
    private readonly AddressMap<int> _counts = new(int.MaxValue, keptChunks: 1);
    private readonly Lock _lock = new();
    private int _max;

    /// <param name="max">Open connections per address, 1 or more.</param>
    public OpenConnections(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        _max = max;
    }

    public int Addresses
    {
        get
        {
            lock (_lock)
                return _counts.Count;
        }
    }

    /// <summary>Sets the limit for new connections; open ones stay.</summary>
    internal void Allow(int max) => Volatile.Write(ref _max, max);

    public int Of(in AddressKey key)
    {
        lock (_lock)
            return _counts.Find(key) is var index and not AddressMap<int>.None ? _counts[index] : 0;
    }

    /// <summary>Counts a connection unless the address is at its limit. Each counted connection calls <see cref="Close"/> once.</summary>
    public bool TryOpen(in AddressKey key)
    {
        lock (_lock)
        {
            var index = _counts.Find(key);
            if (index == AddressMap<int>.None)
                index = _counts.Add(key, 0);
            if (_counts[index] >= _max)
                return false;
            _counts[index]++;
            return true;
        }
    }

    /// <summary>Counts a connection of another process, whatever the limit.</summary>
    public void Adopt(in AddressKey key)
    {
        lock (_lock)
        {
            var index = _counts.Find(key);
            if (index == AddressMap<int>.None)
                index = _counts.Add(key, 0);
            _counts[index]++;
        }
    }

    public void Close(in AddressKey key)
    {
        lock (_lock)
        {
            var index = _counts.Find(key);
            if (index != AddressMap<int>.None && --_counts[index] == 0)
                _counts.Remove(index);
        }
    }
}
