using System.Buffers;
using System.Globalization;
using System.Text;

namespace EdgeActors.Protocol;

/// <summary>Facts about the client's software, for logs only.</summary>
public sealed class HelloFacts
{
    /// <summary>Characters of all protocols together, since a client may offer any number of bytes.</summary>
    internal const int MaxProtocolText = 512;

    /// <summary>Replaces the protocols beyond the limit.</summary>
    internal const string More = "...";

    /// <summary>See <see cref="Protocol.Ja4"/>. Null if the hello lists more than <see cref="Protocol.Ja4.MaxListed"/>.</summary>
    public string? Ja4 { get; init; }

    /// <summary>The offered versions, from the extension or else from the legacy field.</summary>
    public TlsVersions Versions { get; init; }

    /// <summary>The offered protocols in order. Commas, percent signs and bytes outside visible ASCII are written %XX.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <param name="received">The bytes that <paramref name="hello"/> was parsed from.</param>
    public static HelloFacts Of(ReadOnlySpan<byte> received, ClientHello hello) => new()
    {
        Ja4 = Fingerprint(received),
        Versions = hello.SupportedVersions != TlsVersions.None ? hello.SupportedVersions : VersionOf(hello.LegacyVersion),
        Protocols = Spell(hello.Alpn),
    };

    private static string? Fingerprint(ReadOnlySpan<byte> received)
    {
        if (TlsRecordDeframer.Find(received, received.Length, out var frame) != HelloStatus.Complete)
            return null;
        if (frame.RecordCount == 1)
            return Protocol.Ja4.Of(received.Slice(TlsRecordDeframer.RecordHeader, frame.MessageLength));
        var message = TlsRecordDeframer.Join(received, frame, stackalloc byte[TlsRecordDeframer.StackScratch], out var rented);
        var fingerprint = Protocol.Ja4.Of(message);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return fingerprint;
    }

    private static TlsVersions VersionOf(int legacy) => legacy switch
    {
        0x0300 => TlsVersions.Ssl30,
        0x0301 => TlsVersions.Tls10,
        0x0302 => TlsVersions.Tls11,
        _ => TlsVersions.Tls12,
    };

    private static string[] Spell(AlpnList offered)
    {
        if (offered.IsEmpty)
            return [];
        var names = new List<string>();
        var left = MaxProtocolText;
        foreach (var name in offered)
        {
            var spelt = Escape(name);
            left -= spelt.Length;
            if (left < 0)
            {
                names.Add(More);
                break;
            }
            names.Add(spelt);
        }
        return [.. names];
    }

    internal static string Escape(ReadOnlySpan<byte> name)
    {
        if (!name.ContainsAnyExceptInRange((byte)'!', (byte)'~') && !name.ContainsAny((byte)',', (byte)'%'))
            return Encoding.ASCII.GetString(name);
        var spelt = new StringBuilder();
        foreach (var one in name)
        {
            if (one is > (byte)' ' and <= (byte)'~' and not (byte)',' and not (byte)'%')
                spelt.Append((char)one);
            else
                spelt.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }
        return spelt.ToString();
    }
}
