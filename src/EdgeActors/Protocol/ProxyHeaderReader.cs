using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Protocol;

/// <summary>Parses a PROXY header of either version. Pure: the caller passes all bytes received so far each time. The first differing byte
/// decides, so clients of other protocols are detected at once.</summary>
public static class ProxyHeaderReader
{
    /// <summary>The longest IPv6 address, with a dotted IPv4 end.</summary>
    private const int MaxAddress = 45;

    private static readonly SearchValues<byte> OfIPv6 = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <summary>The longest header accepted. The specification requires 536 bytes; certificates in the fields need more.</summary>
    public const int MaxLength = 4096;

    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        if (Begins(received, ProxyHeaderV2.Signature))
            return ReadV2(received, out header);
        if (!Begins(received, ProxyHeaderV1.Signature))
            return ProxyHeaderStatus.NotProxy;

        var end = received[..Math.Min(received.Length, ProxyHeaderV1.MaxLength)].IndexOf((byte)'\n');
        if (end < 0)
            return received.Length < ProxyHeaderV1.MaxLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Malformed;
        return received[end - 1] == '\r' && TryLine(received[ProxyHeaderV1.Signature.Length..(end - 1)], end + 1, out header)
            ? ProxyHeaderStatus.Complete
            : ProxyHeaderStatus.Malformed;
    }

    /// <summary>True if the bytes so far match the signature.</summary>
    private static bool Begins(ReadOnlySpan<byte> received, ReadOnlySpan<byte> signature)
    {
        var seen = Math.Min(received.Length, signature.Length);
        return received[..seen].SequenceEqual(signature[..seen]);
    }

    // proxy-protocol.txt, section 2.1: TCP4|TCP6 source target source-port target-port, single spaces; anything after UNKNOWN.
    private static bool TryLine(ReadOnlySpan<byte> line, int length, out ProxyHeader header)
    {
        header = new ProxyHeader(length, null, null);
        var protocol = NextWord(ref line);
        if (protocol.SequenceEqual("UNKNOWN"u8))
            return true;
        var v4 = protocol.SequenceEqual("TCP4"u8);
        if ((!v4 && !protocol.SequenceEqual("TCP6"u8))
            || !TryAddress(NextWord(ref line), v4, out var source)
            || !TryAddress(NextWord(ref line), v4, out var target)
            || !TryPort(NextWord(ref line), out var sourcePort)
            || !TryPort(line, out var targetPort))
            return false;
        header = new ProxyHeader(length, new IPEndPoint(source, sourcePort), new IPEndPoint(target, targetPort));
        return true;
    }

    /// <summary>Reads up to the next space and consumes it.</summary>
    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return word;
    }

    // IPAddress.TryParse also accepts 0x7f.1, 010.0.0.1, [::1] and fe80::1%eth0, which the specification does not. IPv4 must equal the
    // framework's own output (no leading zeros); IPv6 may contain hexadecimal digits, colons and dots only.
    private static bool TryAddress(ReadOnlySpan<byte> word, bool v4, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (word.ContainsAnyExcept(OfIPv6) || !IPAddress.TryParse(word, out address))
            return false;
        if (!v4)
            return address.AddressFamily == AddressFamily.InterNetworkV6;
        Span<byte> spelt = stackalloc byte[MaxAddress];
        return address.AddressFamily == AddressFamily.InterNetwork
            && address.TryFormat(spelt, out var length)
            && spelt[..length].SequenceEqual(word);
    }

    private static bool TryPort(ReadOnlySpan<byte> word, out ushort port) =>
        ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out port) && (word[0] != '0' || word.Length == 1);

    /// <summary>Parses a version 2 header only. The fields are checked for structure and skipped; a checksum must match.</summary>
    public static ProxyHeaderStatus ReadV2(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        if (!Begins(received, ProxyHeaderV2.Signature))
            return ProxyHeaderStatus.Malformed;

        var cursor = new SpanCursor(received[Math.Min(received.Length, ProxyHeaderV2.Signature.Length)..]);
        if (!cursor.TryU8(out var command))
            return ProxyHeaderStatus.Incomplete;
        if (command is not (ProxyHeaderV2.Proxy or ProxyHeaderV2.Local))
            return ProxyHeaderStatus.Malformed;
        if (!cursor.TryU8(out var family))
            return ProxyHeaderStatus.Incomplete;
        // The receiver ignores the family of a LOCAL header. UNIX sockets and datagrams are not TCP.
        var unnamed = command == ProxyHeaderV2.Local || family == ProxyHeaderV2.Unspecified;
        if (!unnamed && family is not (ProxyHeaderV2.Tcp4 or ProxyHeaderV2.Tcp6))
            return ProxyHeaderStatus.Malformed;
        if (!cursor.TryU16(out var length))
            return ProxyHeaderStatus.Incomplete;
        var total = ProxyHeaderV2.FixedLength + length;
        if (total > MaxLength)
            return ProxyHeaderStatus.Malformed;
        if (!cursor.TryTake(length, out var body))
            return ProxyHeaderStatus.Incomplete;

        if (unnamed)
        {
            header = new ProxyHeader(total, null, null);
            return ProxyHeaderStatus.Complete;
        }

        return TryBody(new SpanCursor(body), family == ProxyHeaderV2.Tcp4 ? 4 : 16, received[..total], out header)
            ? ProxyHeaderStatus.Complete
            : ProxyHeaderStatus.Malformed;
    }

    private static bool TryBody(SpanCursor body, int addressLength, ReadOnlySpan<byte> whole, out ProxyHeader header)
    {
        header = default;
        if (!body.TryTake(addressLength, out var source) || !body.TryTake(addressLength, out var target)
            || !body.TryU16(out var sourcePort) || !body.TryU16(out var targetPort))
            return false;
        var fields = body.Length;
        while (!body.IsEmpty)
        {
            if (!body.TryU8(out var type) || !body.TryVector16(out var value))
                return false;
            if (type == ProxyFields.Crc32CType && !IsChecksum(value.Rest, whole, whole.Length - body.Length - value.Length))
                return false;
        }

        header = new ProxyHeader(
            whole.Length, new IPEndPoint(new IPAddress(source), sourcePort), new IPEndPoint(new IPAddress(target), targetPort), fields);
        return true;
    }

    private static bool IsChecksum(ReadOnlySpan<byte> value, ReadOnlySpan<byte> whole, int at) =>
        value.Length == ProxyFields.ChecksumLength
        && BinaryPrimitives.ReadUInt32BigEndian(value) == ProxyFields.ChecksumOf(whole, at);
}

/// <summary>The parse result. All but Incomplete are final.</summary>
public enum ProxyHeaderStatus
{
    Incomplete,

    Complete,

    /// <summary>A malformed header, or a kind that a TCP receiver must not accept.</summary>
    Malformed,

    /// <summary>The signature does not match; only <see cref="ProxyHeaderReader"/> returns this.</summary>
    NotProxy,
}

/// <param name="Length">Bytes of the header.</param>
/// <param name="Source">The client; null: the socket's peer address applies.</param>
/// <param name="Target">The address that the client reached; null if <paramref name="Source"/> is.</param>
/// <param name="FieldsLength">Bytes of the fields at the end of a version 2 header with addresses.</param>
public readonly record struct ProxyHeader(int Length, IPEndPoint? Source, IPEndPoint? Target, int FieldsLength = 0);
