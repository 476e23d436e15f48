using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>
/// What a node decides by itself about the clients of one listener: who is on its lists, how many connections each address has open, and the
/// rate for those whom the sharded limiter has left without an answer. It belongs to the listener and outlives every actor. For any thread.
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

    /// <summary>One table for all addresses, apart from those of the shards: a shard on this node that answers late counts what it was
    /// asked about in its own, and neither of the two has it twice.</summary>
    private readonly RateTables? _alone;

    /// <param name="before">Of the same listener by an earlier configuration: what it has counted goes on where it is counted in the same way.</param>
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

    /// <summary>Whether the limiter is to be asked.</summary>
    public bool LimitsRate => _alone is not null;

    /// <summary>Whether <see cref="TryOpen"/> and <see cref="Close"/> count anything.</summary>
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

    /// <summary>Whether the lists turn this address away.</summary>
    public bool Denies(in AddressKey address) => _access is not null && _access.Denies(address);

    /// <summary>As what the address is counted.</summary>
    public AddressKey KeyOf(in AddressKey address) => address.Network(_key);

    /// <summary>Counts a connection that is open, unless that would be one too many; who is counted calls <see cref="Close"/> once.</summary>
    public bool TryOpen(in AddressKey key) => _open is null || _open.TryOpen(key);

    public void Close(in AddressKey key) => _open?.Close(key);

    /// <summary>Instead of the limiter, which did not answer: counts the connection and decides. The table starts with nothing, so at worst an
    /// address has its allowance once more.</summary>
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

    /// <summary>Has this node know nothing of the address's rate. Connections that are open go on counting.</summary>
    /// <returns>False: it knew nothing.</returns>
    public bool Forget(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Forget(0, key) ?? false;
    }
}
