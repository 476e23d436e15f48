using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace EdgeActors.Settings;

/// <summary>A client address as a 128-bit key. IPv4 addresses are stored v4-mapped, so both spellings are equal.</summary>
public readonly record struct AddressKey(ulong High, ulong Low)
{
    public const int IPv4Bits = 32;
    public const int IPv6Bits = 128;

    /// <summary>Prefix length of ::ffff:0:0/96, the v4-mapped addresses.</summary>
    public const int MappedBits = IPv6Bits - IPv4Bits;

    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    [JsonIgnore]
    public bool IsIPv4 => High == 0 && Low >> 32 == MappedPrefix >> 32;

    /// <summary>Marvin with a per-process secret: the owner of an IPv6 prefix cannot choose addresses that share a bucket.</summary>
    public override int GetHashCode() => string.GetHashCode(MemoryMarshal.Cast<AddressKey, char>(new ReadOnlySpan<AddressKey>(in this)));

    internal UInt128 Bits => new(High, Low);

    /// <summary>The scope of a link-local address is dropped.</summary>
    public static AddressKey From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? new AddressKey(0, MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new AddressKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    /// <summary>Clears the bits beyond the prefix. An IPv4 network stays IPv4.</summary>
    public AddressKey Network(PrefixLengths lengths) => First(IsIPv4 ? MappedBits + lengths.IPv4 : lengths.IPv6);

    /// <summary>Only the first <paramref name="bits"/> of the 128, 0 to 128.</summary>
    public AddressKey First(int bits) => bits switch
    {
        >= IPv6Bits => this,
        > 64 => this with { Low = Low & (ulong.MaxValue << (IPv6Bits - bits)) },
        64 => this with { Low = 0 },
        > 0 => new AddressKey(High & (ulong.MaxValue << (64 - bits)), 0),
        _ => default,
    };

    /// <summary>The shard of this address, 0 to <paramref name="shards"/> - 1. Unseeded: all nodes and versions must agree on it.</summary>
    public int ShardOf(int shards) => (int)(Mix(High ^ Mix(Low)) % (uint)shards);

    /// <summary>The finaliser of SplitMix64: every input bit affects every output bit.</summary>
    internal static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}

/// <summary>The prefix lengths that identify one client.</summary>
/// <param name="IPv4">1 to 32.</param>
/// <param name="IPv6">1 to 128. A host usually owns a /64 (RFC 6177), so single addresses must not be counted.</param>
public readonly record struct PrefixLengths(int IPv4, int IPv6)
{
    public static PrefixLengths Whole { get; } = new(AddressKey.IPv4Bits, AddressKey.IPv6Bits);
}

/// <summary>A network in CIDR notation (RFC 4632): its first address and its fixed bits of the 128 of <see cref="AddressKey"/>.</summary>
/// <param name="Bits">0 to 128; an IPv4 network has 96 or more.</param>
public readonly record struct Cidr(AddressKey First, int Bits)
{
    private const string Examples = "expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32";

    public static Cidr IPv4 { get; } = new(new AddressKey(0, 0x0000_ffff_0000_0000), AddressKey.MappedBits);

    public bool IsIPv4 => First.IsIPv4 && Bits >= AddressKey.MappedBits;

    public IPNetwork ToNetwork() => new(First.ToAddress(), IsIPv4 ? Bits - AddressKey.MappedBits : Bits);

    internal UInt128 Last => Bits == AddressKey.IPv6Bits ? First.Bits : First.Bits | (UInt128.MaxValue >> Bits);

    /// <summary>The fewest networks that have these addresses.</summary>
    internal static IEnumerable<Cidr> Between(UInt128 first, UInt128 last)
    {
        while (true)
        {
            var free = (int)UInt128.TrailingZeroCount(first);
            while (free > 0 && (first | (UInt128.MaxValue >> (AddressKey.IPv6Bits - free))) > last)
                free--;
            var network = new Cidr(new AddressKey((ulong)(first >> 64), (ulong)first), AddressKey.IPv6Bits - free);
            yield return network;
            if (network.Last >= last)
                yield break;
            first = network.Last + 1;
        }
    }

    /// <summary>Strict: no octal, missing parts, scope, or bits beyond the prefix. A single address is a network of one.</summary>
    /// <param name="error">The error message.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Cidr cidr, [NotNullWhen(false)] out string? error)
    {
        cidr = default;
        error = null;
        var slash = text.IndexOf('/');
        if (!TryReadAddress(slash < 0 ? text : text[..slash], out var key, out var family, out var written))
        {
            error = $"'{Shown(text)}' is no network; {Examples}";
            return false;
        }
        var bits = written;
        if (slash >= 0 && !TryReadBits(text[(slash + 1)..], written, out bits))
        {
            error = $"'{Shown(text[(slash + 1)..])}' is no prefix length of an {family} network; expected 0 to {written}";
            return false;
        }
        var fixedBits = key.IsIPv4 && written == AddressKey.IPv4Bits ? AddressKey.MappedBits + bits : bits;
        var first = key.First(fixedBits);
        if (first != key)
        {
            error = $"'{Shown(text)}' has bits beyond its prefix; expected {new Cidr(first, fixedBits)}";
            return false;
        }
        cidr = new Cidr(first, fixedBits);
        return true;
    }

    public override string ToString() => IsIPv4
        ? string.Create(CultureInfo.InvariantCulture, $"{First.ToAddress()}/{Bits - AddressKey.MappedBits}")
        : string.Create(CultureInfo.InvariantCulture, $"{First.ToAddress()}/{Bits}");

    /// <param name="bits">Counted in the written form; v4-mapped addresses have 128.</param>
    private static bool TryReadAddress(ReadOnlySpan<char> text, out AddressKey key, out string family, out int bits)
    {
        (key, family, bits) = (default, "IPv6", AddressKey.IPv6Bits);
        // The framework accepts "1", "010.0.0.1", "[::1]" and "fe80::1%2".
        if (!IPAddress.TryParse(text, out var address) || text.ContainsAny("[]%"))
            return false;
        key = AddressKey.From(address);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return true;
        (family, bits) = ("IPv4", AddressKey.IPv4Bits);
        Span<char> again = stackalloc char[15];
        return address.TryFormat(again, out var length) && text.SequenceEqual(again[..length]);
    }

    private static bool TryReadBits(ReadOnlySpan<char> digits, int most, out int bits)
    {
        bits = 0;
        return digits.Length is > 0 and <= 3
            && (digits[0] != '0' || digits.Length == 1)
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bits)
            && bits <= most;
    }

    private static string Shown(ReadOnlySpan<char> text) => text.Length <= 80 ? text.ToString() : $"{text[..77]}...";
}

/// <summary>The most specific allowed or denied network decides. Each family is a sorted, immutable list of the addresses at which the
/// answer changes: one binary search per lookup, at most two changes per network (4 bytes in IPv4, 16 in IPv6).</summary>
public sealed class AccessList : IEquatable<AccessList>
{
    private readonly uint[] _ipv4;
    private readonly AddressKey[] _ipv6;
    private readonly bool _deniesUnlisted;

    /// <param name="rules">In any order. A network may be repeated with the same answer only.</param>
    /// <param name="deniesUnlisted">The answer for addresses in no network.</param>
    public AccessList(IReadOnlyCollection<AccessRule> rules, bool deniesUnlisted)
    {
        ArgumentNullException.ThrowIfNull(rules);
        Networks = rules.Count;
        _deniesUnlisted = deniesUnlisted;
        // Separate, since a network around ::ffff:0:0/96 does not apply to IPv4 clients.
        _ipv4 = [.. Changes(rules.Where(static rule => rule.Network.IsIPv4), deniesUnlisted)
            .Where(static at => at <= Cidr.IPv4.Last).Select(static at => (uint)at)];
        _ipv6 = [.. Changes(rules.Where(static rule => !rule.Network.IsIPv4), deniesUnlisted)
            .Select(static at => new AddressKey((ulong)(at >> 64), (ulong)at))];
    }

    public int Networks { get; }

    /// <summary>Compares the content, so that an unchanged list is equal after a reload.</summary>
    public bool Equals(AccessList? other) => other is not null && _deniesUnlisted == other._deniesUnlisted && Networks == other.Networks
        && _ipv4.AsSpan().SequenceEqual(other._ipv4) && _ipv6.AsSpan().SequenceEqual(other._ipv6);

    public override bool Equals(object? obj) => Equals(obj as AccessList);

    public override int GetHashCode() => HashCode.Combine(_deniesUnlisted, Networks, _ipv4.Length, _ipv6.Length);

    /// <summary>Whether every address of the family is in a network that is not refused.</summary>
    public bool ListsAll(bool ipv4) => _deniesUnlisted && (ipv4 ? _ipv4 is [0] : _ipv6 is [{ High: 0, Low: 0 }]);

    /// <summary>True for a refused address. Does not allocate or lock.</summary>
    public bool Denies(in AddressKey address)
    {
        return (ChangesUpTo(address) & 1) == 0 ? _deniesUnlisted : !_deniesUnlisted;
    }

    /// <summary>True if each address of the network is refused.</summary>
    public bool DeniesAll(in Cidr network) => Denies(network.First)
        && ChangesUpTo(network.First) == ChangesUpTo(new AddressKey((ulong)(network.Last >> 64), (ulong)network.Last));

    private int ChangesUpTo(in AddressKey address) => address.IsIPv4 ? CountUpTo((uint)address.Low) : CountUpTo(address);

    /// <summary>The refused addresses as disjoint networks; null: more than <paramref name="most"/>.</summary>
    public IReadOnlyList<Cidr>? DeniedNetworks(int most)
    {
        var found = new List<Cidr>();
        Add([.. _ipv4.Select(static at => Cidr.IPv4.First.Bits | at)], Cidr.IPv4.First.Bits, Cidr.IPv4.Last);
        Add([.. _ipv6.Select(static at => at.Bits)], UInt128.MinValue, UInt128.MaxValue);
        return found.Count > most ? null : found;

        void Add(UInt128[] changes, UInt128 first, UInt128 last)
        {
            for (var i = _deniesUnlisted ? -1 : 0; i < changes.Length && found.Count <= most; i += 2)
            {
                var from = i < 0 ? first : changes[i];
                found.AddRange(Cidr.Between(from, i + 1 < changes.Length ? changes[i + 1] - 1 : last));
            }
        }
    }

    /// <summary>Flattens nested networks into the addresses at which the answer changes, the lowest first.</summary>
    private static List<UInt128> Changes(IEnumerable<AccessRule> rules, bool deniesUnlisted)
    {
        var open = new Stack<(UInt128 Last, bool Denies)>([(UInt128.MaxValue, deniesUnlisted)]);
        var changes = new List<UInt128>();
        // Outer networks sort before the networks inside them.
        foreach (var (network, denies) in rules.OrderBy(static rule => rule.Network.First.Bits).ThenBy(static rule => rule.Network.Bits))
        {
            CloseBefore(network.First.Bits);
            open.Push((network.Last, denies));
            Answer(network.First.Bits, denies);
        }
        CloseBefore(UInt128.MaxValue);
        return changes;

        // The enclosing network decides again after the last address.
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

    // Branches on purpose: a misprediction costs less than waiting for each step's memory access.
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

public readonly record struct AccessRule(Cidr Network, bool Denies);
