using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeActors.Settings;

/// <summary>Parses addresses strictly: no octal, no missing parts, a port always. Errors are returned as text.</summary>
internal static class Addresses
{
    private const string BindExamples = "expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"";
    private const string ServerExamples = "expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"";

    public static bool TryReadBind(string text, [NotNullWhen(true)] out BindSettings? bind, out string error)
    {
        bind = null;
        if (!TrySplit(text, lowestPort: 0, BindExamples, out var host, out var port, out error))
            return false;
        if (host == "*")
            bind = new BindSettings(new IPEndPoint(IPAddress.IPv6Any, port), DualMode: true);
        else if (TryReadLiteral(host, out var address))
            bind = new BindSettings(new IPEndPoint(address, port), DualMode: false);
        else
            error = $"'{text}' is no address to listen on; {BindExamples}";
        return bind is not null;
    }

    public static bool TryReadServer(string text, [NotNullWhen(true)] out EndPoint? server, out string error)
    {
        server = null;
        if (!TrySplit(text, lowestPort: 1, ServerExamples, out var host, out var port, out error))
            return false;
        if (TryReadLiteral(host, out var address))
            server = new IPEndPoint(address, port);
        else if (HostName.TryRead(host, out var name))
            server = new DnsEndPoint(name, port);
        else
            error = $"'{text}' is no address; {ServerExamples}";
        return server is not null;
    }

    /// <summary>The same as <see cref="TryReadServer"/>; a Unix socket is valid, too.</summary>
    public static bool TryReadBackendServer(string text, [NotNullWhen(true)] out EndPoint? server, out string error)
    {
        if (!text.StartsWith(UnixEndPoint.Prefix, StringComparison.Ordinal))
        {
            var isRead = TryReadServer(text, out server, out error);
            if (!isRead && text.StartsWith('/'))
                error = $"'{text}' has no host and no port; expected \"{UnixEndPoint.Prefix}{text}\" for a Unix socket";
            return isRead;
        }
        var isUnix = UnixEndPoint.TryRead(text, out var unix, out error);
        server = unix;
        return isUnix;
    }

    /// <summary>The notation of the configuration.</summary>
    public static string Show(EndPoint server) => server is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{server}";

    /// <summary>Without port, prefix, brackets and zone.</summary>
    public static bool TryReadAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        TryReadLiteral(text.Contains(':', StringComparison.Ordinal) ? $"[{text}]" : text, out address)
        && !address.IsIPv4MappedToIPv6 && !text.ContainsAny(['%', ']']);

    /// <summary>True if the kernel would refuse to bind both. Port 0 never conflicts.</summary>
    public static bool Overlap(BindSettings a, BindSettings b)
    {
        if (a.EndPoint.Port != b.EndPoint.Port || a.EndPoint.Port == 0)
            return false;
        return a.EndPoint.Address.Equals(b.EndPoint.Address) || Covers(a, b) || Covers(b, a);
    }

    /// <summary>Whether a socket on <paramref name="wide"/> accepts every client of <paramref name="narrow"/>.</summary>
    public static bool Covers(BindSettings wide, BindSettings narrow)
    {
        if (wide.EndPoint.Port != narrow.EndPoint.Port || wide.EndPoint.Port == 0)
            return false;
        return wide.DualMode
            || ((wide.EndPoint.Address.Equals(IPAddress.Any) || wide.EndPoint.Address.Equals(IPAddress.IPv6Any))
                && wide.EndPoint.AddressFamily == narrow.EndPoint.AddressFamily && !narrow.DualMode);
    }

    private static bool TrySplit(string text, int lowestPort, string examples, out string host, out int port, out string error)
    {
        error = "";
        host = "";
        port = 0;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
        {
            error = $"'{text}' has no port; {examples}";
            return false;
        }
        host = text[..colon];
        var digits = text[(colon + 1)..];
        if (digits.Length == 0 || digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            error = $"'{digits}' is no port; {examples}";
            return false;
        }
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port < lowestPort || port > IPEndPoint.MaxPort)
        {
            error = $"port {digits} is out of range; expected {lowestPort} to {IPEndPoint.MaxPort}";
            return false;
        }
        return true;
    }

    private static bool TryReadLiteral(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        if (host is ['[', .. var inner, ']'])
            return IPAddress.TryParse(inner, out address) && address.AddressFamily == AddressFamily.InterNetworkV6 && inner[0] != '[';
        // The framework accepts "1" and "010.0.0.1"; comparing with its own output rejects them.
        return IPAddress.TryParse(host, out address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == host;
    }
}

/// <summary>Normalised host name: lower case, no trailing dot, 253 characters in labels of 63, underscores allowed. Addresses (RFC 6066 §3)
/// and numeric last labels (RFC 1123 §2.1) are refused.</summary>
public static class ServerName
{
    /// <summary>RFC 1035 §2.3.4: 255 octets on the wire.</summary>
    public const int MaxLength = 253;

    private const int MaxLabel = 63;

    /// <summary>Normalises a name from a ClientHello.</summary>
    public static bool TryNormalize(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!raw.IsEmpty && raw[^1] == '.')
            raw = raw[..^1];
        if (raw.Length is 0 or > MaxLength)
            return false;

        Span<char> lower = stackalloc char[MaxLength];
        var label = 0;
        var numeric = true;
        byte previous = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c == '.')
            {
                if (label == 0 || previous == '-')
                    return false;
                label = 0;
                numeric = true;
            }
            else
            {
                if (!IsAllowed(c) || (c == '-' && label == 0) || ++label > MaxLabel)
                    return false;
                numeric &= char.IsAsciiDigit((char)c);
            }

            lower[i] = c is >= (byte)'A' and <= (byte)'Z' ? (char)(c | 0x20) : (char)c;
            previous = c;
        }

        if (label == 0 || previous == '-' || numeric)
            return false;
        name = new string(lower[..raw.Length]);
        return true;
    }

    /// <summary>Normalises a name from a configuration.</summary>
    public static bool TryNormalize(string raw, [NotNullWhen(true)] out string? name)
    {
        ArgumentNullException.ThrowIfNull(raw);
        name = null;
        Span<byte> ascii = stackalloc byte[MaxLength + 1];
        // Non-ASCII becomes '?', which no name contains.
        return raw.Length <= ascii.Length
            && TryNormalize(ascii[..Encoding.ASCII.GetBytes(raw, ascii)], out name);
    }

    private static bool IsAllowed(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'-' or (byte)'_';
}

/// <summary>Converts internationalised names to the spelling that <see cref="ServerName"/> compares.</summary>
internal static class HostName
{
    private static readonly IdnMapping Idn = new();

    public static bool TryRead(string text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (Ascii.IsValid(text))
            return ServerName.TryNormalize(text, out name);
        if (!IsPlain(text))
            return false;
        try
        {
            return ServerName.TryNormalize(Idn.GetAscii(text.ToLowerInvariant()), out name);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Letters, marks and digits (RFC 5892). Without ICU a decomposed name would give an A-label that no client sends.</summary>
    private static bool IsPlain(string text) => text.EnumerateRunes().All(static rune => rune.Value is not (>= 0x0300 and <= 0x036F)
        && (rune.IsAscii || rune.Value is '\u3002' or '\uFF0E' or '\uFF61' || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.OtherLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.DecimalDigitNumber));
}
