using System.Buffers;

namespace EdgeActors.Protocol;

/// <summary>
/// Reads a ClientHello (RFC 8446 §4.1.2) off the first bytes of a connection. A pure function of those bytes: it keeps nothing
/// between calls, so the caller passes everything received so far each time. It never throws on input.
/// </summary>
public static class ClientHelloReader
{
    /// <summary>Bytes of the largest hello read where nothing else is configured. Post-quantum hellos are about 2,000.</summary>
    public const int DefaultMaxHello = 16 * 1024;

    /// <summary>Extensions of one hello. The registry of their types holds fewer than 70; a browser sends 20.</summary>
    public const int MaxExtensions = 128;

    private const int StackScratch = 2048;
    private const int Random = 32;
    private const int MaxSessionId = 32;

    /// <summary>
    /// The bytes after which <see cref="Read"/> has decided, whatever they are: a message of <paramref name="maxHello"/> bytes in the
    /// largest permitted number of records. A buffer of this size always suffices.
    /// </summary>
    public static int MaxRawSize(int maxHello) => maxHello + TlsRecordDeframer.MaxRecords * TlsRecordDeframer.RecordHeader;

    /// <summary>Reads the hello at the start of <paramref name="received"/>.</summary>
    /// <param name="received">All bytes since the connection began; there may be some beyond the hello.</param>
    /// <param name="maxHello">Bytes of the largest handshake message, its 4-byte header included, that is not TooLarge.</param>
    /// <param name="hello">What it says; null unless the status is Complete.</param>
    public static HelloStatus Read(ReadOnlySpan<byte> received, int maxHello, out ClientHello? hello)
    {
        hello = null;
        var status = TlsRecordDeframer.Find(received, maxHello, out var frame);
        if (status != HelloStatus.Complete)
            return status;
        if (frame.RecordCount == 1)
            return Parse(received[TlsRecordDeframer.RecordHeader..frame.WireLength], frame.WireLength, out hello);

        byte[]? rented = null;
        var message = frame.MessageLength <= StackScratch
            ? stackalloc byte[StackScratch]
            : rented = ArrayPool<byte>.Shared.Rent(frame.MessageLength);
        message = message[..frame.MessageLength];
        TlsRecordDeframer.Join(received, frame, message);
        status = Parse(message, frame.WireLength, out hello);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return status;
    }

    //  01 len24 | version 2 | random 32 | session_id<0..32> | cipher_suites<2..2^16-2> | compression<1..255> | extensions<..2^16-1>, optional
    private static HelloStatus Parse(ReadOnlySpan<byte> message, int wireLength, out ClientHello? hello)
    {
        hello = null;
        var body = new SpanCursor(message[TlsRecordDeframer.HandshakeHeader..]);
        if (!body.TryU16(out var version) || version >> 8 != 3
            || !body.TrySkip(Random)
            || !body.TryVector8(out var sessionId) || sessionId.Length > MaxSessionId
            || !body.TryVector16(out var suites) || suites.IsEmpty || suites.Length % 2 != 0
            || !body.TryVector8(out var compression) || compression.IsEmpty)
            return HelloStatus.Malformed;

        var read = new ClientHello { LegacyVersion = version, WireLength = wireLength };
        // TLS 1.2 and older may end here (RFC 5246 §7.4.1.2).
        if (!body.IsEmpty)
        {
            if (!body.TryVector16(out var extensions) || !body.IsEmpty)
                return HelloStatus.Malformed;
            var status = ReadExtensions(extensions, read);
            if (status != HelloStatus.Complete)
                return status;
        }

        hello = read;
        return HelloStatus.Complete;
    }

    private static HelloStatus ReadExtensions(SpanCursor extensions, ClientHello hello)
    {
        Span<ushort> seen = stackalloc ushort[MaxExtensions];
        var count = 0;
        while (!extensions.IsEmpty)
        {
            if (!extensions.TryU16(out var type) || !extensions.TryVector16(out var data))
                return HelloStatus.Malformed;
            // RFC 8446 §4.2. It matters to a balancer: of two names it might route by the one and the backend serve the other.
            if (seen[..count].Contains(type))
                return HelloStatus.Malformed;
            if (count == MaxExtensions)
                return HelloStatus.TooLarge;
            seen[count++] = type;
            if (!HelloExtensions.TryRead(type, data, hello))
                return HelloStatus.Malformed;
        }

        return HelloStatus.Complete;
    }
}
