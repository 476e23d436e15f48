using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>Clients that are over their rate limit for a known time, so that their connections need no question to the limiter. Bounded: a
/// full table is emptied, after which clients are asked about again. Thread-safe.</summary>
internal sealed class RefusedClients
{
    private const int Most = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly AddressMap<Time> _until = new(Most, keptChunks: 1);
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(in AddressKey key, uint nowMs, uint forMs)
    {
        lock (_lock)
        {
            var index = _until.Find(key);
            if (index == AddressMap<Time>.None && _until.Count == Most)
                Expire(nowMs);
            if (index != AddressMap<Time>.None)
                _until[index].Ms = nowMs + forMs;
            else if (_until.Count < Most)
                _until.Add(key, new Time { Ms = nowMs + forMs });
            Volatile.Write(ref _count, _until.Count);
        }
    }

    public bool Has(in AddressKey key, uint nowMs)
    {
        if (Count == 0)
            return false;
        lock (_lock)
        {
            var index = _until.Find(key);
            if (index == AddressMap<Time>.None)
                return false;
            if ((int)(_until[index].Ms - nowMs) > 0)
                return true;
            Remove(index);
            return false;
        }
    }

    public void Remove(in AddressKey key)
    {
        lock (_lock)
        {
            if (_until.Find(key) is var index and not AddressMap<Time>.None)
                Remove(index);
        }
    }

    private void Expire(uint nowMs)
    {
        // Rows of removed clients have an old time, too, and are not found any more.
        for (var index = _until.Used - 1; index >= 0; index--)
        {
            var key = _until.KeyOf(index);
            if ((int)(_until[index].Ms - nowMs) <= 0 && _until.Find(key) == index)
                _until.Remove(index);
            if (_until.Used == 0)
                return;
        }
    }

    private void Remove(int index)
    {
        _until.Remove(index);
        Volatile.Write(ref _count, _until.Count);
    }

    /// <summary>A struct of Edge: the map's code for it is compiled with Edge, that for uint only when a flood begins.</summary>
    private struct Time
    {
        public uint Ms;
    }
}
