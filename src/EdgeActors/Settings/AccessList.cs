namespace EdgeActors.Settings;

/// <summary>
/// Which addresses a listener refuses: of all the networks allowed and denied, the smallest that has the address decides. The networks
/// of each family are stored as the sorted addresses at which the answer changes, so a look-up is one binary search.
/// A network makes two changes at most, of 4 bytes in IPv4 and 16 in IPv6. Immutable.
/// </summary>
public sealed class AccessList
{
    private readonly uint[] _ipv4;
    private readonly AddressKey[] _ipv6;
    private readonly bool _deniesUnlisted;

    /// <param name="rules">In any order; a network may come again with the same answer, but not with the other one.</param>
    /// <param name="deniesUnlisted">For an address that is in none of them.</param>
    public AccessList(IReadOnlyCollection<AccessRule> rules, bool deniesUnlisted)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Networks = rules.Count;
        _deniesUnlisted = deniesUnlisted;
        // Apart, since a network around ::ffff:0:0/96 says nothing of IPv4 clients. Behind the last IPv4 address nobody asks.
        _ipv4 = [.. Changes(rules.Where(static rule => rule.Network.IsIPv4), deniesUnlisted)
            .Where(static at => at <= Cidr.IPv4.Last).Select(static at => (uint)at)];
        _ipv6 = [.. Changes(rules.Where(static rule => !rule.Network.IsIPv4), deniesUnlisted)
            .Select(static at => new AddressKey((ulong)(at >> 64), (ulong)at))];
    }

    /// <summary>Networks it was made of.</summary>
    public int Networks { get; }

    /// <summary>Whether a client of this address is turned away. Neither allocates nor locks.</summary>
    public bool Denies(in AddressKey address)
    {
        var changes = address.IsIPv4 ? CountUpTo((uint)address.Low) : CountUpTo(address);
        return (changes & 1) == 0 ? _deniesUnlisted : !_deniesUnlisted;
    }

    /// <summary>Flattens nested networks into the addresses at which the answer changes, the lowest first.</summary>
    private static List<UInt128> Changes(IEnumerable<AccessRule> rules, bool deniesUnlisted)
    {
        var open = new Stack<(UInt128 Last, bool Denies)>([(UInt128.MaxValue, deniesUnlisted)]);
        var changes = new List<UInt128>();
        // A network before those within it, so that each is entered while the one around it is open.
        foreach (var (network, denies) in rules.OrderBy(static rule => rule.Network.First.Bits).ThenBy(static rule => rule.Network.Bits))
        {
            CloseBefore(network.First.Bits);
            open.Push((network.Last, denies));
            Answer(network.First.Bits, denies);
        }
        CloseBefore(UInt128.MaxValue);
        return changes;

        // After the last address of a network the network around it decides again.
        void CloseBefore(UInt128 address)
        {
            while (open.Peek().Last < address)
                Answer(open.Pop().Last + 1, open.Peek().Denies);
        }

        void Answer(UInt128 at, bool denies)
        {
            if (changes.Count > 0 && changes[^1] == at)
                changes.RemoveAt(changes.Count - 1);
            if (denies != (deniesUnlisted ^ ((changes.Count & 1) == 1)))
                changes.Add(at);
        }
    }

    // Not without branches: a guess that is wrong half of the time costs less than waiting for each step's memory before the next.

    /// <summary>Changes at or before the address.</summary>
    private int CountUpTo(uint address)
    {
        var (from, to) = (0, _ipv4.Length);
        while (from < to)
        {
            var middle = (from + to) >> 1;
            if (_ipv4[middle] <= address)
                from = middle + 1;
            else
                to = middle;
        }
        return from;
    }

    private int CountUpTo(in AddressKey address)
    {
        var (from, to) = (0, _ipv6.Length);
        while (from < to)
        {
            var middle = (from + to) >> 1;
            ref readonly var at = ref _ipv6[middle];
            if (at.High < address.High || (at.High == address.High && at.Low <= address.Low))
                from = middle + 1;
            else
                to = middle;
        }
        return from;
    }
}

/// <summary>What is said of one network.</summary>
public readonly record struct AccessRule(Cidr Network, bool Denies);
