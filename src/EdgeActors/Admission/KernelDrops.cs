using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Admission;

/// <summary>
/// The clients of one listener whose SYNs the kernel drops, so that a flood costs no connection. A client that was refused twice within a
/// second in which many were refused is dropped for a time, and is then judged as usual:
/// <code>
///   refused --flood--> dropped --hold is over--> judged by its counter, which did not decay meanwhile
/// </code>
/// Outlives every actor. Thread-safe.
/// </summary>
public sealed class KernelDrops(TimeProvider time)
{
    /// <summary>Interval of <see cref="Next"/> while anything is dropped. Loading a program takes 0.6 ms a socket.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Refusals of all clients within a second that make a flood. Below it, refusals cost less than a percent of a CPU.</summary>
    public const int Flood = 100;

    /// <summary>Refusals of one client within that second.</summary>
    private const int Repeated = 2;

    private const int MostCounted = 16 * 1024;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<AddressKey, Dropped> _dropped = [];
    private AddressMap<Refused> _refused = New();
    private AccessList? _access;
    private IReadOnlyList<Cidr> _denied = [];
    private long? _deniedSince;
    private long _windowSince = time.GetTimestamp();
    private int _refusals, _deniedRefusals, _room = SynProgram.MaxInstructions - SynProgram.FixedCost;
    private bool _isAwake;

    /// <summary>Called on any thread when a flood begins: <see cref="Next"/> is due at once, and again after each <see cref="Interval"/>
    /// until it returns <see cref="DropChange.IsIdle"/>. Null: the kernel drops nothing.</summary>
    public Action? Wake { get; set; }

    /// <summary>Addresses and networks dropped now, those of the deny list included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _dropped.Count + (_deniedSince is null ? 0 : _denied.Count);
        }
    }

    /// <summary>For an operator's order, or a changed limit: these clients are judged as usual again, at the next <see cref="Next"/>.</summary>
    /// <param name="key">Null: all.</param>
    public void Forget(AddressKey? key = null)
    {
        lock (_lock)
        {
            foreach (var client in key is { } one ? [one] : _dropped.Keys.ToArray())
            {
                if (_dropped.TryGetValue(client, out var dropped))
                    _dropped[client] = dropped with { IsForgotten = true };
            }
            if (key is null)
                _deniedSince = null;
        }
    }

    /// <summary>The kernel does not drop any more.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _dropped.Clear();
            _deniedSince = null;
        }
    }

    /// <returns>Since when the client is dropped; null: it is not.</returns>
    public DateTimeOffset? Since(in AddressKey key)
    {
        lock (_lock)
            return _dropped.TryGetValue(key, out var dropped) ? time.GetUtcNow() - time.GetElapsedTime(dropped.Since) : null;
    }

    /// <summary>A client was refused by its rate limit, or is on the deny list.</summary>
    /// <param name="network">What counts as one client.</param>
    public void OnRefused(in Cidr network, bool denied)
    {
        if (Wake is not { } wake)
            return;
        lock (_lock)
        {
            if (denied)
                _deniedRefusals++;
            var index = _refused.Find(network.First);
            if (index != AddressMap<Refused>.None)
                _refused[index].Count++;
            else if (_refused.Count < MostCounted)
                _refused.Add(network.First, new Refused { Count = 1, Bits = (byte)network.Bits, IsDenied = denied });
            StartWindow();
            if (++_refusals < Flood || _isAwake)
                return;
            _isAwake = true;
        }
        wake();
    }

    /// <summary>Ends what is due and adds the most frequent clients that fit. One caller at a time.</summary>
    /// <param name="hold">How long a client is dropped: the window of the limit.</param>
    /// <param name="access">The listener's lists. The deny list is added as a whole if it fits.</param>
    public DropChange Next(TimeSpan hold, AccessList? access)
    {
        lock (_lock)
        {
            // Counts of a window that ended before the last call were considered then.
            if (time.GetElapsedTime(_windowSince) >= Window + Interval)
                StartWindow();
            var (removed, added) = (Remove(hold), new List<Cidr>());
            var isFlood = _refusals >= Flood;
            if (isFlood)
            {
                AddDenied(access, added);
                AddClients(added);
            }
            StartWindow();
            foreach (var end in removed)
                ExpectAgain(end);
            _isAwake = isFlood || _dropped.Count > 0 || _deniedSince is not null;
            return new DropChange(added, removed, !_isAwake);
        }
    }

    /// <summary>For the program.</summary>
    public IReadOnlyList<Cidr> Networks
    {
        get
        {
            lock (_lock)
                return [.. _dropped.Select(static pair => new Cidr(pair.Key, pair.Value.Bits)), .. _deniedSince is null ? [] : _denied];
        }
    }

    /// <summary>The kernel did not take the program: the next ones have half of the size.</summary>
    public void Halve()
    {
        lock (_lock)
        {
            _room /= 2;
            foreach (var key in _dropped.OrderBy(static pair => pair.Value.Since).Select(static pair => pair.Key).Skip(_dropped.Count / 2).ToList())
                _dropped.Remove(key);
            if (Cost(_denied) > _room / 2)
                (_denied, _deniedSince) = ([], null);
        }
    }

    private static AddressMap<Refused> New() => new(MostCounted, keptChunks: 1);

    private static int Cost(IEnumerable<Cidr> networks) => networks.Sum(static network => SynProgram.CostOf(network));

    private void StartWindow()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_windowSince, now) < Window)
            return;
        (_windowSince, _refusals, _deniedRefusals) = (now, 0, 0);
        if (_refused.Count > 0)
            _refused = New();
    }

    private List<DropEnd> Remove(TimeSpan hold)
    {
        var removed = new List<DropEnd>();
        foreach (var (key, dropped) in _dropped)
        {
            var age = time.GetElapsedTime(dropped.Since);
            if (age < hold && !dropped.IsForgotten)
                continue;
            // An order to forget clears the counter, too.
            removed.Add(new DropEnd(new Cidr(key, dropped.Bits), dropped.IsForgotten || dropped.IsDenied ? TimeSpan.Zero : age));
            _dropped.Remove(key);
            // Only new refusals may add it again.
            if (_refused.Find(key) is var index and not AddressMap<Refused>.None)
                _refused[index].Count = 0;
        }
        if (_deniedSince is { } since && time.GetElapsedTime(since) >= hold)
        {
            _deniedSince = null;
            removed.AddRange(_denied.Select(static network => new DropEnd(network, TimeSpan.Zero)));
        }
        return removed;
    }

    /// <summary>One refusal in this window adds a client again that was removed because its time was over.</summary>
    private void ExpectAgain(in DropEnd end)
    {
        if (end.Unseen == TimeSpan.Zero || _dropped.ContainsKey(end.Network.First))
            return;
        var index = _refused.Find(end.Network.First);
        if (index != AddressMap<Refused>.None)
            _refused[index].Count = Repeated - 1;
        else if (_refused.Count < MostCounted)
            _refused.Add(end.Network.First, new Refused { Count = Repeated - 1, Bits = (byte)end.Network.Bits });
    }

    private void AddDenied(AccessList? access, List<Cidr> added)
    {
        if (_deniedSince is not null || _deniedRefusals < Repeated)
            return;
        if (!ReferenceEquals(access, _access))
        {
            _access = access;
            _denied = access?.DeniedNetworks(_room / 4) is { } networks && Cost(networks) <= _room / 2 ? networks : [];
        }
        if (_denied.Count == 0 || Cost(_denied) + UsedByClients() > _room)
            return;
        _deniedSince = time.GetTimestamp();
        added.AddRange(_denied);
    }

    private int UsedByClients() => Cost(_dropped.Select(static pair => new Cidr(pair.Key, pair.Value.Bits)));

    private void AddClients(List<Cidr> added)
    {
        var left = _room - UsedByClients() - (_deniedSince is null ? 0 : Cost(_denied));
        var candidates = new List<(Cidr Network, Refused Refused)>();
        for (var index = 0; index < _refused.Used; index++)
        {
            if (_refused[index] is { Count: >= Repeated } refused && !(refused.IsDenied && _deniedSince is not null)
                && !_dropped.ContainsKey(_refused.KeyOf(index)))
                candidates.Add((new Cidr(_refused.KeyOf(index), refused.Bits), refused));
        }
        foreach (var (network, refused) in candidates.OrderByDescending(static candidate => candidate.Refused.Count))
        {
            left -= SynProgram.CostOf(network);
            if (left < 0)
                return;
            _dropped[network.First] = new Dropped(network.Bits, time.GetTimestamp(), refused.IsDenied, IsForgotten: false);
            added.Add(network);
        }
    }

    private struct Refused
    {
        public int Count;
        public byte Bits;
        public bool IsDenied;
    }

    private readonly record struct Dropped(int Bits, long Since, bool IsDenied, bool IsForgotten);
}

/// <param name="IsIdle">Nothing is dropped, and there is no flood.</param>
public sealed record DropChange(IReadOnlyList<Cidr> Added, IReadOnlyList<DropEnd> Removed, bool IsIdle);

/// <param name="Unseen">How long the rate limiter has not seen the client's connections. Its counter must not decay for that time.</param>
public readonly record struct DropEnd(Cidr Network, TimeSpan Unseen);
