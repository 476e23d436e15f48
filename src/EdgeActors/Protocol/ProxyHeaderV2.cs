using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>
/// Writes a PROXY protocol version 2 header, which carries the client's address to the server:
/// <code>
/// 0   0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a     signature
/// 12  21 = PROXY, 20 = LOCAL                  version 2 and command
/// 13  11 = TCP4, 21 = TCP6, 00 = unspecified  family and transport
/// 14  length of all that follows, 16 bits
/// 16  source address, destination address, source port, destination port
///     type-length-value fields: see ProxyFields
/// </code>
/// </summary>
public static class ProxyHeaderV2
{
    /// <summary>Bytes before the addresses, and all of a LOCAL header.</summary>
    public const int FixedLength = 16;

    public const int Tcp4Length = FixedLength + 2 * 4 + 2 * 2;

    public const int Tcp6Length = FixedLength + 2 * 16 + 2 * 2;

    /// <summary>The longest header, with every field.</summary>
    public const int MaxLength = Tcp6Length + ProxyFields.MaxLength;

    internal const byte Local = 0x20;
    internal const byte Proxy = 0x21;
    internal const byte Unspecified = 0x00;
    internal const byte Tcp4 = 0x11;
    internal const byte Tcp6 = 0x21;

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Writes a PROXY header. Two v4-mapped addresses (IPv4 on a dual-mode socket) are written as IPv4. If only one side is IPv4,
    /// it is mapped and the header is TCP6.</summary>
    /// <param name="destination">Room for <see cref="MaxLength"/> bytes.</param>
    /// <param name="target">The address that the client reached.</param>
    public static int Write(Span<byte> destination, IPEndPoint source, IPEndPoint target, ProxyFields fields = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var v4 = IsV4(source.Address) && IsV4(target.Address);
        var length = v4 ? Tcp4Length : Tcp6Length;
        var addressLength = v4 ? 4 : 16;

        WriteFixed(destination, Proxy, v4 ? Tcp4 : Tcp6, length - FixedLength + fields.Length);
        var body = destination[FixedLength..length];
        WriteAddress(body[..addressLength], source.Address);
        WriteAddress(body.Slice(addressLength, addressLength), target.Address);
        BinaryPrimitives.WriteUInt16BigEndian(body[^4..], (ushort)source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(body[^2..], (ushort)target.Port);
        return WriteFields(destination, length, fields);
    }

    /// <summary>Writes a LOCAL header, for the balancer's own health checks.</summary>
    /// <param name="destination">Room for <see cref="FixedLength"/> bytes.</param>
    public static int WriteLocal(Span<byte> destination)
    {
        WriteFixed(destination, Local, Unspecified, bodyLength: 0);
        return FixedLength;
    }

    /// <returns>The offset of the header's end.</returns>
    private static int WriteFields(Span<byte> destination, int at, ProxyFields fields)
    {
        var checksum = at + ProxyFields.Head;
        if (fields.Checksum)
            at = BeginField(destination, at, ProxyFields.Crc32CType, ProxyFields.ChecksumLength) + ProxyFields.ChecksumLength;
        at = WriteField(destination, at, ProxyFields.AlpnType, fields.Alpn);
        if (!fields.Authority.IsEmpty)
            at = BeginField(destination, at, ProxyFields.AuthorityType, fields.Authority.Length)
                + Encoding.ASCII.GetBytes(fields.Authority, destination[(at + ProxyFields.Head)..]);
        at = WriteField(destination, at, ProxyFields.UniqueIdType, fields.UniqueId);
        fields.Passed.CopyTo(destination[at..]);
        at += fields.Passed.Length;
        // The checksum covers the whole header, with its own value as zeros (proxy-protocol.txt, section 2.2).
        if (fields.Checksum)
            BinaryPrimitives.WriteUInt32BigEndian(destination[checksum..], ProxyFields.ChecksumOf(destination[..at], checksum));
        return at;
    }

    private static int WriteField(Span<byte> destination, int at, byte type, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return at;
        at = BeginField(destination, at, type, value.Length);
        value.CopyTo(destination[at..]);
        return at + value.Length;
    }

    /// <returns>The offset of the value.</returns>
    private static int BeginField(Span<byte> destination, int at, byte type, int length)
    {
        destination[at] = type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[(at + 1)..], (ushort)length);
        return at + ProxyFields.Head;
    }

    // The only writer of the length field: bodyLength includes the fields after the addresses.
    private static void WriteFixed(Span<byte> destination, byte command, byte family, int bodyLength)
    {
        Signature.CopyTo(destination);
        destination[12] = command;
        destination[13] = family;
        BinaryPrimitives.WriteUInt16BigEndian(destination[14..], (ushort)bodyLength);
    }

    internal static bool IsV4(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;

    // The field's size selects the family: four bytes for IPv4 in any form, sixteen for any address.
    private static void WriteAddress(Span<byte> room, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        if (written == 4 && room.Length == 16)
        {
            room[..10].Clear();
            room[10..12].Fill(0xff);
            bytes[..4].CopyTo(room[12..]);
        }
        else
        {
            bytes[(written - room.Length)..written].CopyTo(room);
        }
    }
}

/// <summary>The type-length-value fields of a version 2 header (proxy-protocol.txt, section 2.2), in HAProxy's order: checksum, protocol,
/// name, id. Empty fields are omitted.</summary>
public readonly ref struct ProxyFields
{
    internal const byte AlpnType = 0x01;
    internal const byte AuthorityType = 0x02;
    internal const byte Crc32CType = 0x03;
    internal const byte UniqueIdType = 0x05;
    internal const byte SslType = 0x20;
    internal const byte NamespaceType = 0x30;

    /// <summary>Bytes of type and length.</summary>
    internal const int Head = 3;

    internal const int ChecksumLength = 4;

    /// <summary>Bytes of all fields at their longest: protocol 255 (RFC 7301), server name 253, id.</summary>
    internal const int MaxLength =
        Head + ChecksumLength + Head + byte.MaxValue + Head + ServerName.MaxLength + Head + ConnectionUniqueId.MaxLength;

    /// <summary>A checksum over the whole header, which detects modification in transit.</summary>
    public bool Checksum { get; init; }

    /// <summary>An application protocol, at most 255 bytes.</summary>
    public ReadOnlySpan<byte> Alpn { get; init; }

    /// <summary>The requested server name; ASCII, at most 253 characters.</summary>
    public ReadOnlySpan<char> Authority { get; init; }

    /// <summary>A connection id of at most 33 bytes; the specification allows 128.</summary>
    public ReadOnlySpan<byte> UniqueId { get; init; }

    /// <summary>Complete fields of a received header, written last.</summary>
    public ReadOnlySpan<byte> Passed { get; init; }

    internal int Length =>
        (Checksum ? Head + ChecksumLength : 0) + LengthOf(Alpn.Length) + LengthOf(Authority.Length) + LengthOf(UniqueId.Length)
        + Passed.Length;

    /// <summary>Copies the fields of these types.</summary>
    /// <param name="fields">Well-formed fields.</param>
    /// <param name="destination">At least as long as <paramref name="fields"/>.</param>
    /// <param name="found">The types copied.</param>
    /// <returns>Bytes copied.</returns>
    internal static int Select(ReadOnlySpan<byte> fields, TlvTypes types, Span<byte> destination, out TlvTypes found)
    {
        found = default;
        var length = 0;
        while (fields.Length >= Head)
        {
            var field = fields[..(Head + BinaryPrimitives.ReadUInt16BigEndian(fields[1..]))];
            fields = fields[field.Length..];
            if (!types.Contains(field[0]))
                continue;
            found = found.With(field[0]);
            field.CopyTo(destination[length..]);
            length += field.Length;
        }
        return length;
    }

    /// <summary>CRC32c (RFC 3720, section 12.1) with zeros for the four bytes at <paramref name="checksum"/>.</summary>
    internal static uint ChecksumOf(ReadOnlySpan<byte> header, int checksum)
    {
        var crc = uint.MaxValue;
        for (var i = 0; i < header.Length; i++)
            crc = BitOperations.Crc32C(crc, (uint)(i - checksum) < ChecksumLength ? (byte)0 : header[i]);
        return ~crc;
    }

    private static int LengthOf(int value) => value == 0 ? 0 : Head + value;
}

/// <summary>A connection id unique across restarts and nodes: sixteen hexadecimal digits of the process (start second and a random number),
/// a hyphen, the link's number.</summary>
public static class ConnectionUniqueId
{
    private const int PrefixLength = 16;

    public const int MaxLength = PrefixLength + 1 + 16;

    private static byte[] s_prefix = Encoding.ASCII.GetBytes(
        $"{(uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds():x8}{RandomNumberGenerator.GetInt32(int.MaxValue):x8}");

    /// <summary>The part that tells processes apart. A process that continues the connections of another one continues its prefix, and its
    /// connections' numbers.</summary>
    public static string Prefix
    {
        get => Encoding.ASCII.GetString(s_prefix);
        set
        {
            if (value is { Length: PrefixLength } && Ascii.IsValid(value))
                Volatile.Write(ref s_prefix, Encoding.ASCII.GetBytes(value));
        }
    }

    /// <param name="destination">Room for <see cref="MaxLength"/> bytes.</param>
    /// <returns>Bytes written, all ASCII.</returns>
    public static int Write(Span<byte> destination, long link)
    {
        s_prefix.CopyTo(destination);
        destination[PrefixLength] = (byte)'-';
        link.TryFormat(destination[(PrefixLength + 1)..], out var digits, "x");
        return PrefixLength + 1 + digits;
    }
}
