using System.Buffers;

namespace EdgeActors.Protocol;

/// <summary>Where the first handshake message lies in the bytes received.</summary>
/// <param name="MessageLength">Bytes of the handshake message, its 4-byte header included, record headers not.</param>
/// <param name="RecordCount">Records that carry a part of it.</param>
/// <param name="WireLength">Bytes from the start of the connection to its last byte, record headers included.</param>
public readonly record struct HelloFrame(int MessageLength, int RecordCount, int WireLength);

/// <summary>
/// Finds the ClientHello in the TLS records that carry it (RFC 8446 §5.1). A client may cut it wherever it likes:
/// <code>
/// record      16 03 xx len len | fragment, 1..2^14 bytes
/// message     01 len len len | ClientHello        = all fragments joined
/// </code>
/// </summary>
public static class TlsRecordDeframer
{
    /// <summary>Bytes before a record's fragment.</summary>
    public const int RecordHeader = 5;

    /// <summary>Bytes before a handshake message's body.</summary>
    public const int HandshakeHeader = 4;

    /// <summary>
    /// Records that one hello may be spread over. Each costs its sender five bytes and us a step on every read, so the number is
    /// bounded beside the size; no client known to us comes near it, but one byte a record is seen from those who hide from filters.
    /// </summary>
    public const int MaxRecords = 1024;

    /// <summary>Bytes of a buffer on the stack that takes nearly every hello of several records.</summary>
    internal const int StackScratch = 2048;

    private const byte Handshake = 0x16;
    private const byte ClientHelloType = 0x01;
    private const int MaxFragment = 1 << 14;

    /// <summary>
    /// Looks for a whole ClientHello of at most <paramref name="maxHello"/> bytes. Says <see cref="HelloStatus.NotTls"/> at the first
    /// byte that gives it away, and <see cref="HelloStatus.TooLarge"/> as soon as the announced length is known.
    /// </summary>
    public static HelloStatus Find(ReadOnlySpan<byte> received, int maxHello, out HelloFrame frame)
    {
        frame = default;
        var wire = new SpanCursor(received);
        Span<byte> header = stackalloc byte[HandshakeHeader];
        var have = 0;
        for (var records = 1; !wire.IsEmpty; records++)
        {
            if (records > MaxRecords)
                return HelloStatus.TooLarge;
            var status = ReadRecordHeader(ref wire, records == 1, out var length);
            if (status != HelloStatus.Complete)
                return status;

            var start = received.Length - wire.Length;
            var fragment = wire.TakeUpTo(length);
            for (var i = 0; i < fragment.Length && have + i < HandshakeHeader; i++)
                header[have + i] = fragment[i];

            var joined = have + fragment.Length;
            if (joined > 0 && header[0] != ClientHelloType)
                return HelloStatus.NotTls;
            if (joined >= HandshakeHeader)
            {
                var total = HandshakeHeader + ((header[1] << 16) | (header[2] << 8) | header[3]);
                if (total > maxHello)
                    return HelloStatus.TooLarge;
                if (joined >= total)
                {
                    frame = new HelloFrame(total, records, start + total - have);
                    return HelloStatus.Complete;
                }
            }

            have = joined;
        }

        return HelloStatus.Incomplete;
    }

    /// <summary>Copies the message that <see cref="Find"/> found out of its records.</summary>
    /// <param name="scratch">Holds the message if it is long enough; otherwise <paramref name="rented"/> does.</param>
    /// <param name="rented">To be returned to the shared pool; null: there is none.</param>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> received, in HelloFrame frame, Span<byte> scratch, out byte[]? rented)
    {
        rented = frame.MessageLength <= scratch.Length ? null : ArrayPool<byte>.Shared.Rent(frame.MessageLength);
        var message = (rented ?? scratch)[..frame.MessageLength];
        var destination = message;
        var wire = new SpanCursor(received[..frame.WireLength]);
        while (ReadRecordHeader(ref wire, first: false, out var length) == HelloStatus.Complete)
        {
            var fragment = wire.TakeUpTo(length);
            fragment.CopyTo(destination);
            destination = destination[fragment.Length..];
        }
        return message;
    }

    // Complete: a whole header was read. The first record says what protocol this is; a stray one after it breaks TLS's own rules.
    private static HelloStatus ReadRecordHeader(ref SpanCursor wire, bool first, out int length)
    {
        length = 0;
        var foreign = first ? HelloStatus.NotTls : HelloStatus.Malformed;
        if (!wire.TryU8(out var type))
            return HelloStatus.Incomplete;
        if (type != Handshake)
            return foreign;
        if (!wire.TryU8(out var major))
            return HelloStatus.Incomplete;
        if (major != 3)
            return foreign;
        // The minor version says nothing (RFC 8446 §5.1: ignored for all purposes).
        if (!wire.TrySkip(1) || !wire.TryU16(out var announced))
            return HelloStatus.Incomplete;
        if (announced is 0 or > MaxFragment)
            return HelloStatus.Malformed;
        length = announced;
        return HelloStatus.Complete;
    }
}

/// <summary>What the bytes received so far are. All but <see cref="Incomplete"/> are final: further bytes change nothing.</summary>
public enum HelloStatus
{
    /// <summary>The start of a ClientHello; more bytes decide.</summary>
    Incomplete,

    /// <summary>A whole, well-formed ClientHello.</summary>
    Complete,

    /// <summary>Not the start of a TLS handshake by a client: plain HTTP, SSH, SSLv2, a server's flight.</summary>
    NotTls,

    /// <summary>TLS by its first bytes, but against the rules of the protocol.</summary>
    Malformed,

    /// <summary>Larger than this server reads: the message, the number of its records, or the number of its extensions.</summary>
    TooLarge,
}
