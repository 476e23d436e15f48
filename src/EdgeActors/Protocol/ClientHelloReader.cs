using System.Buffers;
using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>Parses a ClientHello (RFC 8446 §4.1.2). Stateless: the caller passes all bytes received so far each time. Never throws on
/// input.</summary>
public static class ClientHelloReader
{
    /// <summary>Default size limit in bytes. Post-quantum hellos have about 2,000.</summary>
    public const int DefaultMaxHello = 16 * 1024;

    /// <summary>Maximum extensions per hello. The IANA registry has fewer than 70; browsers send about 20.</summary>
    public const int MaxExtensions = 128;

    private const int Random = 32;
    private const int MaxSessionId = 32;
    private const ushort ServerNameType = 0x0000;
    private const ushort Alpn = 0x0010;
    private const ushort SupportedVersions = 0x002b;
    private const ushort EncryptedClientHello = 0xfe0d;
    private const byte HostName = 0;

    /// <summary>Maximum characters of an invalid name in logs.</summary>
    private const int MaxShownName = 64;

    /// <summary>The buffer size at which <see cref="Read"/> always decides: <paramref name="maxHello"/> bytes in the maximum number of
    /// records.</summary>
    public static int MaxRawSize(int maxHello) => maxHello + TlsRecordDeframer.MaxRecords * TlsRecordDeframer.RecordHeader;

    /// <param name="received">All bytes since the connection began; may extend beyond the hello.</param>
    /// <param name="maxHello">Maximum bytes of the handshake message, its 4-byte header included.</param>
    /// <param name="hello">Null unless the status is Complete.</param>
    public static HelloStatus Read(ReadOnlySpan<byte> received, int maxHello, out ClientHello? hello)
    {
        hello = null;
        var status = TlsRecordDeframer.Find(received, maxHello, out var frame);
        if (status != HelloStatus.Complete)
            return status;
        if (frame.RecordCount == 1)
            return Parse(received[TlsRecordDeframer.RecordHeader..frame.WireLength], frame.WireLength, out hello);
        var message = TlsRecordDeframer.Join(received, frame, stackalloc byte[TlsRecordDeframer.StackScratch], out var rented);
        status = Parse(message, frame.WireLength, out hello);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return status;
    }

    // 01 len24 | version 2 | random 32 | session_id<0..32> | cipher_suites<2..2^16-2> | compression<1..255> | [extensions<..2^16-1>]
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
        // Extensions are optional in TLS 1.2 and older (RFC 5246 §7.4.1.2).
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
            // RFC 8446 §4.2. With two names the balancer might route by one and the backend serve the other.
            if (seen[..count].Contains(type))
                return HelloStatus.Malformed;
            if (count == MaxExtensions)
                return HelloStatus.TooLarge;
            seen[count++] = type;
            if (!TryReadExtension(type, data, hello))
                return HelloStatus.Malformed;
        }

        return HelloStatus.Complete;
    }

    /// <summary>Reads one extension into <paramref name="hello"/>. False if malformed.</summary>
    private static bool TryReadExtension(ushort type, SpanCursor data, ClientHello hello)
    {
        switch (type)
        {
            case ServerNameType:
                return TryServerName(data, hello);
            case Alpn:
                return TryAlpn(data, hello);
            case SupportedVersions:
                return TryVersions(data, hello);
            case EncryptedClientHello:
                hello.HasEch = true;
                return true;
            default:
                return true;
        }
    }

    // RFC 6066 §3: ServerName { type 1, name<1..2^16-1> } server_name_list<1..2^16-1>, at most one of a type. Only host_name is defined;
    // other types are skipped, assuming the same structure.
    private static bool TryServerName(SpanCursor data, ClientHello hello)
    {
        if (!data.TryVector16(out var list) || !data.IsEmpty || list.IsEmpty)
            return false;
        while (!list.IsEmpty)
        {
            if (!list.TryU8(out var type) || !list.TryVector16(out var name))
                return false;
            if (type != HostName)
                continue;
            if (hello.Sni != SniState.Absent)
                return false;
            hello.Sni = ServerName.TryNormalize(name.Rest, out var normal) ? SniState.Present : SniState.Invalid;
            hello.ServerName = normal;
            if (normal is null)
                hello.InvalidName = Shown(name.Rest);
        }

        return true;
    }

    private static string Shown(ReadOnlySpan<byte> name)
    {
        var shown = HelloFacts.Escape(name[..Math.Min(name.Length, MaxShownName)]);
        return shown.Length <= MaxShownName ? shown : shown[..MaxShownName];
    }

    // RFC 7301 §3.1: ProtocolName<1..2^8-1> list<2..2^16-1>.
    private static bool TryAlpn(SpanCursor data, ClientHello hello)
    {
        if (!data.TryVector16(out var names) || !data.IsEmpty || names.IsEmpty || !AlpnList.TryCopy(names.Rest, out var list))
            return false;
        hello.Alpn = list;
        return true;
    }

    // RFC 8446 §4.2.1: uint16 versions<2..254>.
    private static bool TryVersions(SpanCursor data, ClientHello hello)
    {
        if (!data.TryVector8(out var versions) || !data.IsEmpty || versions.IsEmpty)
            return false;
        while (!versions.IsEmpty)
        {
            if (!versions.TryU16(out var version))
                return false;
            hello.SupportedVersions |= version switch
            {
                0x0300 => TlsVersions.Ssl30,
                0x0301 => TlsVersions.Tls10,
                0x0302 => TlsVersions.Tls11,
                0x0303 => TlsVersions.Tls12,
                0x0304 => TlsVersions.Tls13,
                _ => TlsVersions.None,
            };
        }

        return true;
    }
}
