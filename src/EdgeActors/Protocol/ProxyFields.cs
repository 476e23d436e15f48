using System.Numerics;
using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>
/// What a version 2 header says beside the addresses, as type-length-value fields (proxy-protocol.txt, section 2.2). An empty one is left
/// out. They go out in HAProxy's order: checksum, protocol, name, id.
/// </summary>
public readonly ref struct ProxyFields
{
    internal const byte AlpnType = 0x01;
    internal const byte AuthorityType = 0x02;
    internal const byte Crc32CType = 0x03;
    internal const byte UniqueIdType = 0x05;

    /// <summary>Bytes of type and length.</summary>
    internal const int Head = 3;

    internal const int ChecksumLength = 4;

    /// <summary>Bytes of the longest set of fields: a protocol name has 255 (RFC 7301), a server name 253, an id those of ours.</summary>
    internal const int MaxLength =
        Head + ChecksumLength + Head + byte.MaxValue + Head + ServerName.MaxLength + Head + ConnectionUniqueId.MaxLength;

    /// <summary>A checksum over the whole header, so that one which something on the way has touched is found out.</summary>
    public bool Checksum { get; init; }

    /// <summary>An application protocol, at most 255 bytes.</summary>
    public ReadOnlySpan<byte> Alpn { get; init; }

    /// <summary>The server name that the client wants; ASCII, at most 253 characters.</summary>
    public ReadOnlySpan<char> Authority { get; init; }

    /// <summary>An id of the connection. The specification allows 128 bytes, of ours there are at most 33.</summary>
    public ReadOnlySpan<byte> UniqueId { get; init; }

    /// <summary>Bytes of all of them.</summary>
    internal int Length =>
        (Checksum ? Head + ChecksumLength : 0) + LengthOf(Alpn.Length) + LengthOf(Authority.Length) + LengthOf(UniqueId.Length);

    /// <summary>CRC32c (RFC 3720, section 12.1) of <paramref name="header"/> as it is with zeros for the four bytes at <paramref name="checksum"/>.</summary>
    internal static uint ChecksumOf(ReadOnlySpan<byte> header, int checksum)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < header.Length; i++)
            crc = BitOperations.Crc32C(crc, (uint)(i - checksum) < ChecksumLength ? (byte)0 : header[i]);
        return ~crc;
    }

    private static int LengthOf(int value) => value == 0 ? 0 : Head + value;
}
