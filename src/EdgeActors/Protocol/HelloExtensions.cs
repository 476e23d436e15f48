using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>The extensions of a hello that Edge looks into. The others are none of its business and pass unread.</summary>
internal static class HelloExtensions
{
    private const ushort ServerNameType = 0x0000;
    private const ushort Alpn = 0x0010;
    private const ushort SupportedVersions = 0x002b;
    private const ushort EncryptedClientHello = 0xfe0d;
    private const byte HostName = 0;

    /// <summary>Reads one extension into <paramref name="hello"/>. False where its structure is broken.</summary>
    public static bool TryRead(ushort type, SpanCursor data, ClientHello hello)
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

    // RFC 6066 §3: ServerName { type 1, name<1..2^16-1> } server_name_list<1..2^16-1>, at most one of a type. Types other than
    // host_name were never defined; they are passed over on the assumption that they would be cut the same way.
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
        }

        return true;
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
