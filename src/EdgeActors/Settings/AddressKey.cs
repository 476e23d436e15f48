using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace EdgeActors.Settings;

/// <summary>A client's address as a key: 128 bits, an IPv4 address in its v4-mapped form, so that both spellings are one client.</summary>
public readonly record struct AddressKey(ulong High, ulong Low)
{
    public const int IPv4Bits = 32;
    public const int IPv6Bits = 128;

    /// <summary>Bits of ::ffff:0:0/96, ahead of an IPv4 address in its v4-mapped form.</summary>
    public const int MappedBits = IPv6Bits - IPv4Bits;

    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    [JsonIgnore]
    public bool IsIPv4 => High == 0 && Low >> 32 == MappedPrefix >> 32;

    /// <summary>Marvin with a secret of the process: the owner of an IPv6 prefix cannot choose addresses that share a bucket.</summary>
    public override int GetHashCode() => string.GetHashCode(MemoryMarshal.Cast<AddressKey, char>(new ReadOnlySpan<AddressKey>(in this)));

    internal UInt128 Bits => new(High, Low);

    /// <summary>The key of an address. The scope of a link-local one is left out.</summary>
    public static AddressKey From(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4
            ? new AddressKey(0, MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new AddressKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>The address of this key, IPv4 where it is one.</summary>
    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    /// <summary>The network of this address: bits beyond the prefix of its family are 0. An IPv4 network stays IPv4.</summary>
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

    /// <summary>
    /// Which of <paramref name="shards"/> shards this address belongs to, from 0. The same in every process and version: two nodes must
    /// agree on it, hence no seed. Neighbouring addresses spread evenly.
    /// </summary>
    public int ShardOf(int shards) => (int)(Mix(High ^ Mix(Low)) % (uint)shards);

    /// <summary>The finaliser of SplitMix64: every input bit moves every output bit.</summary>
    internal static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}

/// <summary>How much of an address makes one client: its first bits, by family.</summary>
/// <param name="IPv4">1 to 32; 32 is every address for itself.</param>
/// <param name="IPv6">1 to 128. A host owns a /64 as a rule (RFC 6177), so counting single addresses would count nothing.</param>
public readonly record struct PrefixLengths(int IPv4, int IPv6)
{
    /// <summary>Every address for itself.</summary>
    public static PrefixLengths Whole { get; } = new(AddressKey.IPv4Bits, AddressKey.IPv6Bits);
}
