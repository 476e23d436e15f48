using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// What a node decides by itself about the clients of one listener: access lists, open connections of each address, and the rate where the
/// sharded limiter did not answer. It belongs to the listener and outlives every actor. For any thread.
/// </summary>
public sealed class ListenerAdmission
{
    /// <summary>Some tenths of a millisecond, with the lock held.</summary>
    private const int ExpireAtOnce = 1024;

    private readonly AccessList? _access;
    private readonly PrefixLengths _key;
    private readonly OpenConnections? _open;
    private readonly TimeProvider _time;
    private readonly RateLimitSettings? _limit;
    private readonly Lock _lock;

    /// <summary>Apart from the tables of the shards: a shard that answers late counts in its own, so neither counts twice.</summary>
    private readonly RateTables? _alone;

    /// <param name="before">Of the same listener in the previous configuration: counts that are counted in the same way are kept.</param>
    public ListenerAdmission(ListenerSettings listener, TimeProvider time, ListenerAdmission? before = null)
    {
        ArgumentNullException.ThrowIfNull(listener);
        _access = listener.Access;
        _limit = listener.RateLimit;
        _key = _limit?.Key ?? PrefixLengths.Whole;
        _time = time;
        if (_limit?.MaxConnections is { } max)
        {
            _open = before?._open is { } open && before._key == _key ? open : new OpenConnections(max);
            _open.Allow(max);
        }
        if (_limit is { Limit: not null })
            _alone = _limit == before?._limit ? before._alone : new RateTables([_limit], shards: 1);
        _lock = before?._lock ?? new Lock();
    }

    public bool LimitsRate => _alone is not null;

    public bool LimitsOpen => _open is not null;

    /// <summary>Addresses whose rate this node remembers because their shard did not answer.</summary>
    public int DecidedAlone
    {
        get
        {
            lock (_lock)
                return _alone?.Count ?? 0;
        }
    }

    /// <summary>Addresses that have a connection open; 0 where those are not limited.</summary>
    public int OpenAddresses => _open?.Addresses ?? 0;

    public bool Denies(in AddressKey address) => _access is not null && _access.Denies(address);

    /// <summary>The network that counts as one client.</summary>
    public AddressKey KeyOf(in AddressKey address) => address.Network(_key);

    /// <summary>See <see cref="OpenConnections.TryOpen"/>.</summary>
    public bool TryOpen(in AddressKey key) => _open is null || _open.TryOpen(key);

    public void Close(in AddressKey key) => _open?.Close(key);

    /// <summary>Counts the connection and decides in place of the limiter. The table starts empty, so at worst an address gets its
    /// allowance once more.</summary>
    public bool AdmitsAlone(in AddressKey key)
    {
        if (_alone is null)
            return true;
        lock (_lock)
        {
            _alone.Expire(_time, ExpireAtOnce);
            return _alone.Admit(0, key, _time);
        }
    }

    /// <summary>Connections that the address has open; 0 where those are not limited.</summary>
    public int OpenOf(in AddressKey key) => _open?.Of(key) ?? 0;

    /// <summary>Its rate among those that this node has decided by itself.</summary>
    public uint RateAlone(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Rate(0, key, _time) ?? 0;
    }

    /// <summary>Forgets the rate of the address; its open connections still count.</summary>
    /// <returns>False: it was not known.</returns>
    public bool Forget(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Forget(0, key) ?? false;
    }
}
