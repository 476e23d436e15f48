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
    /// <summary>Interval of <see cref="Next"/> while anything is dropped.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>The same after a change of at most <see cref="Few"/> clients: more may follow. Loading a program takes 0.6 ms.</summary>
    public static readonly TimeSpan SoonAfterChange = TimeSpan.FromMilliseconds(50);

    private const int Few = 256;

    /// <summary>Refusals of all clients within a second that make a flood. Below it, refusals cost less than a percent of a CPU.</summary>
    public const int Flood = 100;

    /// <summary>Refusals of one client within that second.</summary>
    private const int Repeated = 2;

    private const int MostCounted = 16 * 1024;

    /// <summary>Clients that leave together, and groups of them in a hold. At most 2,024 fit, since each needs two instructions or more: the
    /// last leave less than half a hold late.</summary>
    private const int Step = 128, StepsOfHold = SynProgram.MaxInstructions / Step;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private AddressMap<Dropped> _dropped = NewDropped();
    private AddressMap<Refused> _refused = New();
    private AccessList? _access;
    private Cidr[] _denied = [];
    private long? _deniedSince;
    private long _windowSince = time.GetTimestamp();
    private int _refusals, _deniedRefusals, _room = SynProgram.MaxInstructions - SynProgram.FixedCost;
    private bool _isAwake;

    /// <summary>Called on any thread when a flood begins: <see cref="Next"/> is due at once, and again as it says. Null: the kernel drops
    /// nothing.</summary>
    public Action? Wake { get; set; }

    /// <summary>Addresses and networks dropped now, those of the deny list included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _dropped.Count + (_deniedSince is null ? 0 : _denied.Length);
        }
    }

    /// <summary>For an operator's order, or a changed limit: these clients are judged as usual again, at the next <see cref="Next"/>.</summary>
    /// <param name="key">Null: all.</param>
    public void Forget(AddressKey? key = null)
    {
        lock (_lock)
        {
            for (var index = 0; index < _dropped.Used; index++)
            {
                if (IsDropped(index) && (key is null || _dropped.KeyOf(index) == key))
                    _dropped[index].IsForgotten = true;
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
            _dropped = NewDropped();
            _deniedSince = null;
        }
    }

    /// <returns>Since when the client is dropped; null: it is not.</returns>
    public DateTimeOffset? Since(in AddressKey key)
    {
        lock (_lock)
        {
            return _dropped.Find(key) is var index and not AddressMap<Dropped>.None
                ? time.GetUtcNow() - time.GetElapsedTime(_dropped[index].Since) : null;
        }
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
    /// <param name="hold">The window of the limit: how long a client is dropped at least. A high row number adds up to half of it.</param>
    /// <param name="access">The listener's lists. The deny list is added as a whole if it fits.</param>
    public DropChange Next(TimeSpan hold, AccessList? access)
    {
        lock (_lock)
        {
            // Counts of a window that ended before the last call were considered then.
            if (time.GetElapsedTime(_windowSince) >= Window + Interval)
                StartWindow();
            var removed = Remove(hold);
            var isFlood = _refusals >= Flood;
            Cidr[] added = isFlood ? [.. AddDenied(access), .. AddClients()] : [];
            StartWindow();
            foreach (var end in removed)
                ExpectAgain(end);
            _isAwake = isFlood || _dropped.Count > 0 || _deniedSince is not null;
            var isSoon = added.Length + removed.Count is > 0 and <= Few;
            return new DropChange(added, removed, !_isAwake ? null : isSoon ? SoonAfterChange : Interval);
        }
    }

    /// <summary>For the program.</summary>
    public Cidr[] Networks
    {
        get
        {
            lock (_lock)
                return [.. Clients(), .. _deniedSince is null ? [] : _denied];
        }
    }

    /// <summary>The kernel did not take the program: the next ones have half of the size.</summary>
    public void Halve()
    {
        lock (_lock)
        {
            _room /= 2;
            int[] latest = [.. Enumerable.Range(0, _dropped.Used).Where(IsDropped).OrderBy(index => _dropped[index].Since)];
            foreach (var index in latest[(latest.Length / 2)..])
                _dropped.Remove(index);
            if (Cost(_denied) > _room / 2)
                (_denied, _deniedSince) = ([], null);
        }
    }

    private static AddressMap<Refused> New() => new(MostCounted, keptChunks: 1);

    private static AddressMap<Dropped> NewDropped() => new(SynProgram.MaxInstructions, keptChunks: 1);

    private static int Cost(Cidr[] networks)
    {
        var cost = 0;
        foreach (var network in networks)
            cost += SynProgram.CostOf(network);
        return cost;
    }

    /// <summary>The row of a removed client keeps its key, but is not found by it.</summary>
    private bool IsDropped(int index) => _dropped.Find(_dropped.KeyOf(index)) == index;

    private Cidr NetworkOf(int index) => new(_dropped.KeyOf(index), _dropped[index].Bits);

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
        for (var index = 0; index < _dropped.Used; index++)
        {
            var (key, dropped) = (_dropped.KeyOf(index), _dropped[index]);
            var age = time.GetElapsedTime(dropped.Since);
            // In steps, because to refuse 2,000 clients again at once takes 0.1 s of CPU time, for which good clients wait.
            var end = hold + hold * (index / Step) / StepsOfHold;
            if (!IsDropped(index) || (age < end && !dropped.IsForgotten))
                continue;
            // An order to forget clears the counter, too.
            removed.Add(new DropEnd(NetworkOf(index), dropped.IsForgotten || dropped.IsDenied ? TimeSpan.Zero : age));
            _dropped.Remove(index);
            // Only new refusals may add it again.
            if (_refused.Find(key) is var refused and not AddressMap<Refused>.None)
                _refused[refused].Count = 0;
        }
        if (_deniedSince is { } since && time.GetElapsedTime(since) >= hold)
        {
            _deniedSince = null;
            foreach (var network in _denied)
                removed.Add(new DropEnd(network, TimeSpan.Zero));
        }
        return removed;
    }

    /// <summary>One refusal in this window adds a client again that was removed because its time was over.</summary>
    private void ExpectAgain(DropEnd end)
    {
        if (end.Unseen == TimeSpan.Zero || _dropped.Find(end.Network.First) != AddressMap<Dropped>.None)
            return;
        var index = _refused.Find(end.Network.First);
        if (index != AddressMap<Refused>.None)
            _refused[index].Count = Repeated - 1;
        else if (_refused.Count < MostCounted)
            _refused.Add(end.Network.First, new Refused { Count = Repeated - 1, Bits = (byte)end.Network.Bits });
    }

    private Cidr[] AddDenied(AccessList? access)
    {
        if (_deniedSince is not null || _deniedRefusals < Repeated)
            return [];
        if (!ReferenceEquals(access, _access))
        {
            _access = access;
            Cidr[] networks = [.. access?.DeniedNetworks(_room / 4) ?? []];
            _denied = Cost(networks) <= _room / 2 ? networks : [];
        }
        if (_denied.Length == 0 || Cost(_denied) + Cost(Clients()) > _room)
            return [];
        _deniedSince = time.GetTimestamp();
        return _denied;
    }

    private Cidr[] Clients()
    {
        var (clients, count) = (new Cidr[_dropped.Count], 0);
        for (var index = 0; index < _dropped.Used; index++)
        {
            if (IsDropped(index))
                clients[count++] = NetworkOf(index);
        }
        return clients;
    }

    private Cidr[] AddClients()
    {
        var left = _room - Cost(Clients()) - (_deniedSince is null ? 0 : Cost(_denied));
        // The most frequent ones first: negative counts, and row numbers.
        var (candidates, count) = (new long[_refused.Used], 0);
        for (var index = 0; index < _refused.Used; index++)
        {
            if (_refused[index] is { Count: >= Repeated } refused && !(refused.IsDenied && _deniedSince is not null)
                && _dropped.Find(_refused.KeyOf(index)) == AddressMap<Dropped>.None)
                candidates[count++] = (-(long)refused.Count << 32) | (uint)index;
        }
        Array.Sort(candidates, 0, count);
        var (added, fitting) = (new Cidr[count], 0);
        for (; fitting < count; fitting++)
        {
            var index = (int)(uint)candidates[fitting];
            var network = new Cidr(_refused.KeyOf(index), _refused[index].Bits);
            left -= SynProgram.CostOf(network);
            if (left < 0)
                break;
            var dropped = new Dropped { Bits = _refused[index].Bits, IsDenied = _refused[index].IsDenied, Since = time.GetTimestamp() };
            _dropped.Add(network.First, dropped);
            added[fitting] = network;
        }
        return added[..fitting];
    }

    private struct Refused
    {
        public int Count;
        public byte Bits;
        public bool IsDenied;
    }

    private struct Dropped
    {
        public long Since;
        public byte Bits;
        public bool IsDenied, IsForgotten;
    }
}
