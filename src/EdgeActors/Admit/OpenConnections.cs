using System.Runtime.InteropServices;

namespace EdgeActors.Admit;

/// <summary>
/// How many connections each address has open. It knows only addresses that have one, so it is bounded by the connections of the node, forgets
/// nothing that counts, and needs neither expiry nor eviction. For any thread: a connection takes the lock twice, for the length of a look-up.
/// </summary>
public sealed class OpenConnections
{
    /// <summary>A table of so many that becomes empty lets go of what a flood made it take.</summary>
    private const int FewToKeep = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<AddressKey, int> _open = new(KeyedHash.Random());
    private int _max;

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
                return _open.Count;
        }
    }

    /// <summary>Connections that this address has open.</summary>
    public int Of(in AddressKey key)
    {
        lock (_lock)
            return _open.GetValueOrDefault(key);
    }

    /// <summary>Counts one more, unless the address has as many as it may; who is counted calls <see cref="Close"/> once.</summary>
    public bool TryOpen(in AddressKey key)
    {
        lock (_lock)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, key, out _);
            if (count >= _max)
                return false;
            count++;
            return true;
        }
    }

    /// <summary>One that <see cref="TryOpen"/> has counted is no more.</summary>
    public void Close(in AddressKey key)
    {
        lock (_lock)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_open, key);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count) || --count > 0)
                return;
            _open.Remove(key);
            if (_open.Count == 0 && _open.Capacity > FewToKeep)
                _open.TrimExcess();
        }
    }
}
