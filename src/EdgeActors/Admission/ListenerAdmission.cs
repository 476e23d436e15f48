using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Admission;

/// <summary>This node's own admission checks for one listener: access lists, open connections per address, and the rate if the sharded
/// limiter did not answer. Outlives every actor. Thread-safe.</summary>
public sealed class ListenerAdmission
{
    /// <summary>Bounds the time under the lock: some tenths of a millisecond.</summary>
    private const int ExpireAtOnce = 1024;

    /// <summary>Of denied clients, if the listener has no limit.</summary>
    private static readonly TimeSpan DefaultDropTime = TimeSpan.FromSeconds(5);

    private readonly AccessList? _access;
    private readonly PrefixLengths _key;
    private readonly OpenConnections? _open;
    private readonly TimeProvider _time;
    private readonly RateLimitSettings? _limit;
    private readonly Lock _lock;

    /// <summary>Not kept by a reload, which may change the limit.</summary>
    private readonly RefusedClients _refused = new();

    /// <summary>Separate from the shards' tables: a shard that answers late counts in its own, so none counts twice.</summary>
    private readonly RateTables? _alone;

    /// <param name="before">The same listener's admission in the previous configuration: compatible counts are kept.</param>
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
        {
            var isSame = before?._limit is { } old && old with { Except = _limit.Except } == _limit;
            _alone = isSame ? before!._alone : new RateTables([_limit], shards: 1);
        }
        _lock = before?._lock ?? new Lock();
        Drops = before?.Drops ?? new KernelDrops(time);
    }

    /// <summary>Clients whose SYNs the kernel drops.</summary>
    public KernelDrops Drops { get; }

    /// <summary>The window of the limit: how long the kernel drops a client at least, and up to half of it longer.</summary>
    public TimeSpan DropTime => _limit?.Per ?? DefaultDropTime;

    public AccessList? Access => _access;

    public bool LimitsRate => _alone is not null;

    public bool LimitsOpen => _open is not null;

    /// <summary>Addresses whose rate this node counts because their shard did not answer.</summary>
    public int DecidedAlone
    {
        get
        {
            lock (_lock)
                return _alone?.Count ?? 0;
        }
    }

    /// <summary>Addresses with an open connection; 0 without a limit on them.</summary>
    public int OpenAddresses => _open?.Addresses ?? 0;

    public bool Denies(in AddressKey address) => _access is not null && _access.Denies(address);

    /// <summary>Whether neither limit applies to the address.</summary>
    public bool Exempts(in AddressKey address) => _limit?.Except is { } except && !except.Denies(address);

    /// <summary>The network that counts as one client.</summary>
    public AddressKey KeyOf(in AddressKey address) => address.Network(_key);

    public bool TryOpen(in AddressKey key) => _open is null || _open.TryOpen(key);

    /// <summary>Counts a connection that another process has admitted.</summary>
    public void Adopt(in AddressKey key) => _open?.Adopt(key);

    public void Close(in AddressKey key) => _open?.Close(key);

    /// <summary>Counts the connection and decides in place of the limiter. It starts empty: at worst an allowance is given twice.</summary>
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

    /// <summary>Open connections of the address; 0 without a limit on them.</summary>
    public int OpenOf(in AddressKey key) => _open?.Of(key) ?? 0;

    /// <summary>The address's rate in this node's own table.</summary>
    public uint RateAlone(in AddressKey key)
    {
        lock (_lock)
            return _alone?.Rate(0, key, _time) ?? 0;
    }

    /// <summary>Whether any client may be refused without a connection of its own: a cheap look.</summary>
    public bool MayRefuseAtOnce => _access is not null || _refused.Count > 0;

    /// <summary>Whether the rate limit refuses the client for sure. Its connection must still be counted.</summary>
    public bool RefusesAtOnce(in AddressKey key) => _refused.Has(key, RateClock.Now(_time));

    /// <summary>The client was refused by its rate limit.</summary>
    /// <param name="forMs">How long it is refused for sure; null: as this node's own table says.</param>
    public void OnRateLimited(in AddressKey key, uint? forMs)
    {
        if (forMs is null)
        {
            lock (_lock)
                forMs = _alone?.RefusedFor(0, key, _time);
        }
        if (forMs > 0)
            _refused.Add(key, RateClock.Now(_time), forMs.Value);
        OnRefusedAtOnce(key);
    }

    /// <summary>As <see cref="AddressTable.Hold"/>, in this node's own table.</summary>
    public void Hold(in AddressKey key, TimeSpan unseen)
    {
        lock (_lock)
            _alone?.Hold(0, key, unseen, _time);
    }

    /// <summary>The client was refused by <see cref="RefusesAtOnce"/>.</summary>
    public void OnRefusedAtOnce(in AddressKey key)
    {
        var network = new Cidr(key, key.IsIPv4 ? AddressKey.MappedBits + _key.IPv4 : _key.IPv6);
        // The kernel knows no exceptions.
        if (_limit?.Except is not { } except || except.DeniesAll(network))
            Drops.OnRefused(network, denied: false);
    }

    public void OnDenied(in AddressKey address) => Drops.OnRefused(new Cidr(address, AddressKey.IPv6Bits), denied: true);

    /// <summary>Forgets the rate of the address; its open connections still count.</summary>
    /// <returns>False: the address was unknown.</returns>
    public bool Forget(in AddressKey key)
    {
        Drops.Forget(key);
        _refused.Remove(key);
        lock (_lock)
            return _alone?.Forget(0, key) ?? false;
    }
}
