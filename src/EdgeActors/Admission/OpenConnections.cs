using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// How many connections each address has open. It holds only addresses that have one, so the connections of the node bound it, and it needs
/// neither expiry nor eviction. For any thread: a connection takes the lock twice, for the length of a look-up.
/// </summary>
public sealed class OpenConnections
{
    // A lone client would allocate the chunk each time.
    private readonly AddressMap<int> _counts = new(int.MaxValue, keptChunks: 1);
    private readonly Lock _lock = new();
    private int _max;

    /// <param name="max">Connections that one address may have open, 1 or more.</param>
    public OpenConnections(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        _max = max;
    }

    /// <summary>Addresses that have a connection open.</summary>
    public int Addresses
    {
        get
        {
            lock (_lock)
                return _counts.Count;
        }
    }

    /// <summary>Another limit for new connections; those that are open stay.</summary>
    internal void Allow(int max) => Volatile.Write(ref _max, max);

    /// <summary>Connections that this address has open.</summary>
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
