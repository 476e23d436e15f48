using System.Globalization;
using System.Security.Cryptography;
using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>
/// The JA4 fingerprint of a TLS client (FoxIO, technical_details/JA4.md), independent of the order of its lists:
/// <code>
///   t 13 d 15 16 h2 _ 8daaf6152771 _ e5627efa2ab1
///   | |  | |  |  |    |              sorted extensions without SNI and ALPN, _, signature algorithms as they come
///   | |  | |  |  |    sorted cipher suites        (each: the first 12 digits of SHA-256 over hex with commas between)
///   | |  | |  |  first and last character of the first ALPN protocol, 00 without one
///   | |  | |  extensions   | |  d: with SNI, i: without
///   | |  | cipher suites   | the highest TLS version
///   over TCP
/// </code>
/// GREASE values (RFC 8701) are ignored.
/// </summary>
public static class Ja4
{
    /// <summary>Maximum suites or signature algorithms per hello. The registry has about 350; the limit bounds CPU time.</summary>
    internal const int MaxListed = 512;

    private const int HashDigits = 12;
    private const int MaxCount = 99;
    private const int Random = 32;
    private const ushort ServerName = 0x0000;
    private const ushort SignatureAlgorithms = 0x000d;
    private const ushort Alpn = 0x0010;
    private const ushort SupportedVersions = 0x002b;

    /// <param name="message">A whole ClientHello message, its four-byte header included.</param>
    /// <returns>36 characters; null if it is not a ClientHello or exceeds <see cref="MaxListed"/>.</returns>
    public static string? Of(ReadOnlySpan<byte> message)
    {
        var body = new SpanCursor(message);
        if (!body.TrySkip(TlsRecordDeframer.HandshakeHeader) || !body.TryU16(out var version) || !body.TrySkip(Random)
            || !body.TryVector8(out _) || !body.TryVector16(out var suites) || !body.TryVector8(out _))
            return null;
        var extensions = default(SpanCursor);
        if (!body.IsEmpty && !body.TryVector16(out extensions))
            return null;

        Span<ushort> ciphers = stackalloc ushort[MaxListed];
        Span<ushort> types = stackalloc ushort[ClientHelloReader.MaxExtensions];
        Span<ushort> signatures = stackalloc ushort[MaxListed];
        if (!TryList(suites, ref ciphers)
            || !TryExtensions(extensions, ref types, ref signatures, ref version, out var hasName, out var protocol))
            return null;

        Span<byte> text = stackalloc byte[36];
        text[0] = (byte)'t';
        Version(version).CopyTo(text[1..]);
        text[3] = hasName ? (byte)'d' : (byte)'i';
        Math.Min(ciphers.Length, MaxCount).TryFormat(text[4..], out _, "D2", CultureInfo.InvariantCulture);
        Math.Min(types.Length, MaxCount).TryFormat(text[6..], out _, "D2", CultureInfo.InvariantCulture);
        Protocol(protocol, text[8..]);
        text[10] = text[23] = (byte)'_';
        ciphers.Sort();
        Hash(ciphers, [], text[11..]);
        types.Sort();
        Hash(Without(types), signatures, text[24..]);
        return System.Text.Encoding.ASCII.GetString(text);
    }

    /// <summary>0x0A0A, 0x1A1A ... 0xFAFA.</summary>
    private static bool IsGrease(ushort value) => (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);

    private static bool TryList(SpanCursor values, ref Span<ushort> list)
    {
        var count = 0;
        while (values.TryU16(out var value))
        {
            if (IsGrease(value))
                continue;
            if (count == list.Length)
                return false;
            list[count++] = value;
        }
        list = list[..count];
        return true;
    }

    private static bool TryExtensions(
        SpanCursor extensions, ref Span<ushort> types, ref Span<ushort> signatures, ref ushort version, out bool hasName, out ReadOnlySpan<byte> protocol)
    {
        var count = 0;
        var listed = 0;
        hasName = false;
        protocol = default;
        while (extensions.TryU16(out var type) && extensions.TryVector16(out var data))
        {
            if (IsGrease(type))
                continue;
            if (count == types.Length)
                return false;
            types[count++] = type;
            switch (type)
            {
                case ServerName:
                    hasName = true;
                    break;
                case Alpn when data.TryVector16(out var names) && names.TryVector8(out var first):
                    protocol = first.Rest;
                    break;
                case SupportedVersions when data.TryVector8(out var versions):
                    version = Highest(versions);
                    break;
                case SignatureAlgorithms when data.TryVector16(out var algorithms):
                    var list = signatures;
                    if (!TryList(algorithms, ref list))
                        return false;
                    listed = list.Length;
                    break;
            }
        }
        types = types[..count];
        signatures = signatures[..listed];
        return true;
    }

    private static ushort Highest(SpanCursor versions)
    {
        ushort highest = 0;
        while (versions.TryU16(out var version))
        {
            if (!IsGrease(version))
                highest = Math.Max(highest, version);
        }
        return highest;
    }

    /// <summary>SNI and ALPN are not hashed. They sort first and occur at most once each.</summary>
    private static Span<ushort> Without(Span<ushort> types)
    {
        var kept = 0;
        foreach (var type in types)
        {
            if (type is not (ServerName or Alpn))
                types[kept++] = type;
        }
        return types[..kept];
    }

    private static ReadOnlySpan<byte> Version(ushort version) => version switch
    {
        0x0304 => "13"u8,
        0x0303 => "12"u8,
        0x0302 => "11"u8,
        0x0301 => "10"u8,
        0x0300 => "s3"u8,
        0x0002 => "s2"u8,
        _ => "00"u8,
    };

    private static void Protocol(ReadOnlySpan<byte> name, Span<byte> text)
    {
        if (name.IsEmpty)
        {
            "00"u8.CopyTo(text);
        }
        else if (char.IsAsciiLetterOrDigit((char)name[0]) && char.IsAsciiLetterOrDigit((char)name[^1]))
        {
            text[0] = name[0];
            text[1] = name[^1];
        }
        else
        {
            text[0] = Digit(name[0] >> 4);
            text[1] = Digit(name[^1]);
        }
    }

    private static void Hash(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second, Span<byte> digits)
    {
        if (first.IsEmpty)
        {
            digits[..HashDigits].Fill((byte)'0');
            return;
        }
        Span<byte> text = stackalloc byte[5 * (first.Length + second.Length)];
        var length = Join(first, text);
        if (!second.IsEmpty)
        {
            text[length++] = (byte)'_';
            length += Join(second, text[length..]);
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        Convert.TryToHexStringLower(hash[..(HashDigits / 2)], digits, out _);
    }

    /// <returns>Bytes written: four hex digits each, comma-separated.</returns>
    private static int Join(ReadOnlySpan<ushort> values, Span<byte> text)
    {
        var at = 0;
        foreach (var value in values)
        {
            if (at > 0)
                text[at++] = (byte)',';
            value.TryFormat(text[at..], out var digits, "x4", CultureInfo.InvariantCulture);
            at += digits;
        }
        return at;
    }

    /// <summary>Formats the low four bits.</summary>
    private static byte Digit(int value) => "0123456789abcdef"u8[value & 0xf];
}
