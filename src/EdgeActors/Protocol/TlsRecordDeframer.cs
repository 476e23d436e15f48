using System.Buffers;

namespace EdgeActors.Protocol;

/// <summary>The position of the first handshake message in the received bytes.</summary>
/// <param name="MessageLength">Bytes of the handshake message: its 4-byte header included, record headers excluded.</param>
/// <param name="WireLength">Bytes from the start of the connection to the end of the message, record headers included.</param>
public readonly record struct HelloFrame(int MessageLength, int RecordCount, int WireLength);

/// <summary>
/// Finds the ClientHello in TLS records (RFC 8446 §5.1), which may fragment it anywhere:
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

    /// <summary>Maximum records per hello, since each costs a step on every read. Some clients send one byte a record to evade
    /// filters.</summary>
    public const int MaxRecords = 1024;

    /// <summary>Stack buffer size; fits nearly every fragmented hello.</summary>
    internal const int StackScratch = 2048;

    private const byte Handshake = 0x16;
    private const byte ClientHelloType = 0x01;
    private const int MaxFragment = 1 << 14;

    /// <summary>Finds a ClientHello of at most <paramref name="maxHello"/> bytes. <see cref="HelloStatus.NotTls"/> is returned at the first
    /// wrong byte, <see cref="HelloStatus.TooLarge"/> once the announced length is known.</summary>
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

    /// <summary>Copies the message of <see cref="Find"/> out of its records.</summary>
    /// <param name="scratch">Holds the message if it fits; otherwise <paramref name="rented"/> does.</param>
    /// <param name="rented">Must be returned to the shared pool; may be null.</param>
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

    // A non-handshake first record means another protocol; after the first it violates TLS.
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
        // The minor version must be ignored (RFC 8446 §5.1).
        if (!wire.TrySkip(1) || !wire.TryU16(out var announced))
            return HelloStatus.Incomplete;
        if (announced is 0 or > MaxFragment)
            return HelloStatus.Malformed;
        length = announced;
        return HelloStatus.Complete;
    }
}

/// <summary>The parse result. All but <see cref="Incomplete"/> are final.</summary>
public enum HelloStatus
{
    Incomplete,

    Complete,

    /// <summary>Not a TLS client handshake: plain HTTP, SSH, SSLv2, a server's flight.</summary>
    NotTls,

    /// <summary>Starts like TLS but violates the protocol.</summary>
    Malformed,

    /// <summary>Exceeds the limit on message size, records, or extensions.</summary>
    TooLarge,
}
