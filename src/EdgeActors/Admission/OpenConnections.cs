using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// How many connections each address has open. It holds only addresses that have one, so the connections of the node bound it, and it needs
/// neither expiry nor eviction. For any thread: a connection takes the lock twice, for the length of a look-up.
/// </summary>
public sealed class OpenConnections
{
    /// <summary>An empty table keeps room for this many addresses and frees what a flood made it take.</summary>
    private const int KeptCapacity = 1024;

    private readonly Dictionary<AddressKey, int> _counts = [];
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
            return _counts.GetValueOrDefault(key);
    }

    /// <summary>Counts a connection unless the address is at its limit. Each counted connection calls <see cref="Close"/> once.</summary>
    public bool TryOpen(in AddressKey key)
    {
        lock (_lock)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
            if (count >= _max)
                return false;
            count++;
            return true;
        }
    }

    public void Close(in AddressKey key)
    {
        lock (_lock)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, key);
            if (Unsafe.IsNullRef(ref count) || --count > 0)
                return;
            _counts.Remove(key);
            if (_counts is { Count: 0, Capacity: > KeptCapacity })
                _counts.TrimExcess();
        }
    }
}
