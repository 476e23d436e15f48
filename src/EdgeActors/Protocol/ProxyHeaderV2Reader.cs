using System.Buffers.Binary;
using System.Net;

namespace EdgeActors.Protocol;

/// <summary>What the bytes received so far are. All but Incomplete are final.</summary>
public enum ProxyHeaderStatus
{
    /// <summary>The start of a header; more bytes decide.</summary>
    Incomplete,

    /// <summary>A whole header.</summary>
    Complete,

    /// <summary>No header, or one that the receiver of TCP connections must not accept.</summary>
    Malformed,

    /// <summary>Not the signature of one (<see cref="ProxyHeaderReader"/> alone tells it apart).</summary>
    NotProxy,
}

/// <summary>What a header says.</summary>
/// <param name="Length">Its bytes; what was received beyond them is the connection's own.</param>
/// <param name="Source">The client; null if the header does not say, and the connection's own peer stands.</param>
/// <param name="Target">The address that the client reached; null together with <paramref name="Source"/>.</param>
public readonly record struct ProxyHeader(int Length, IPEndPoint? Source, IPEndPoint? Target);

/// <summary>
/// Reads the header that <see cref="ProxyHeaderV2"/> writes. The type-length-value fields behind its addresses are checked for shape and
/// passed over, but for a checksum, which must be right. Pure: the caller passes everything received so far each time. Strict: it is for servers that require the header, and
/// what follows a mistaken one would be taken for the client's.
/// </summary>
public static class ProxyHeaderV2Reader
{
    /// <summary>Bytes of the longest header read. The specification asks for 536 at least; certificates in the fields need more.</summary>
    public const int MaxLength = 4096;

    /// <summary>Reads the header at the start of <paramref name="received"/>.</summary>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        var signature = ProxyHeaderV2.Signature;
        var seen = Math.Min(received.Length, signature.Length);
        if (!received[..seen].SequenceEqual(signature[..seen]))
            return ProxyHeaderStatus.Malformed;

        var cursor = new SpanCursor(received[seen..]);
        if (!cursor.TryU8(out var command))
            return ProxyHeaderStatus.Incomplete;
        if (command is not (ProxyHeaderV2.Proxy or ProxyHeaderV2.Local))
            return ProxyHeaderStatus.Malformed;
        if (!cursor.TryU8(out var family))
            return ProxyHeaderStatus.Incomplete;
        // The family of a LOCAL header is to be ignored, whatever it is; UNIX sockets and datagrams do not reach a TCP server.
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
        while (!body.IsEmpty)
        {
            if (!body.TryU8(out var type) || !body.TryVector16(out var value))
                return false;
            if (type == ProxyFields.Crc32CType && !IsChecksum(value.Rest, whole, whole.Length - body.Length - value.Length))
                return false;
        }

        header = new ProxyHeader(whole.Length, new IPEndPoint(new IPAddress(source), sourcePort), new IPEndPoint(new IPAddress(target), targetPort));
        return true;
    }

    private static bool IsChecksum(ReadOnlySpan<byte> value, ReadOnlySpan<byte> whole, int at) =>
        value.Length == ProxyFields.ChecksumLength
        && BinaryPrimitives.ReadUInt32BigEndian(value) == ProxyFields.ChecksumOf(whole, at);
}
