using System.Buffers.Binary;
using System.Net;

namespace EdgeActors.Admit;

/// <summary>A client's address as a key: 128 bits, an IPv4 address in its v4-mapped form, so that both spellings are one client.</summary>
public readonly record struct AddressKey(ulong High, ulong Low)
{
    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

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
        var isV4 = High == 0 && Low >> 32 == MappedPrefix >> 32;
        return new IPAddress(isV4 ? bytes[12..] : bytes);
    }

    /// <summary>
    /// Which of <paramref name="shards"/> shards this address belongs to, from 0. The same in every process and version: two nodes must
    /// agree on it, hence no seed. Neighbouring addresses spread evenly.
    /// </summary>
    public int ShardOf(int shards) => (int)(Mix(High ^ Mix(Low)) % (uint)shards);

    // The finaliser of SplitMix64: every input bit moves every output bit.
    private static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }
}
