using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Settings;

/// <summary>Text to addresses, strictly: no octal, no missing parts, a port always. A mistake comes back as a sentence.</summary>
internal static class Addresses
{
    private const string BindExamples = "expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"";
    private const string ServerExamples = "expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"";

    public static bool TryReadBind(string text, [NotNullWhen(true)] out BindSettings? bind, out string mistake)
    {
        bind = null;
        if (!TrySplit(text, lowestPort: 0, BindExamples, out var host, out var port, out mistake))
            return false;
        if (host == "*")
            bind = new BindSettings(new IPEndPoint(IPAddress.IPv6Any, port), DualMode: true);
        else if (TryReadLiteral(host, out var address))
            bind = new BindSettings(new IPEndPoint(address, port), DualMode: false);
        else
            mistake = $"'{text}' is no address to listen on; {BindExamples}";
        return bind is not null;
    }

    public static bool TryReadServer(string text, [NotNullWhen(true)] out EndPoint? server, out string mistake)
    {
        server = null;
        if (!TrySplit(text, lowestPort: 1, ServerExamples, out var host, out var port, out mistake))
            return false;
        if (TryReadLiteral(host, out var address))
            server = new IPEndPoint(address, port);
        else if (HostName.TryRead(host, out var name))
            server = new DnsEndPoint(name, port);
        else
            mistake = $"'{text}' is no address; {ServerExamples}";
        return server is not null;
    }

    /// <summary>Without port, prefix, brackets and zone.</summary>
    public static bool TryReadAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        TryReadLiteral(text.Contains(':', StringComparison.Ordinal) ? $"[{text}]" : text, out address)
        && !address.IsIPv4MappedToIPv6 && !text.ContainsAny(['%', ']']);

    /// <summary>Whether one socket on each would be refused by the kernel. Port 0 is a different port every time.</summary>
    public static bool Overlap(BindSettings a, BindSettings b)
    {
        if (a.EndPoint.Port != b.EndPoint.Port || a.EndPoint.Port == 0)
            return false;
        return a.EndPoint.Address.Equals(b.EndPoint.Address) || Covers(a, b) || Covers(b, a);
    }

    private static bool Covers(BindSettings wide, BindSettings narrow) =>
        wide.DualMode
        || ((wide.EndPoint.Address.Equals(IPAddress.Any) || wide.EndPoint.Address.Equals(IPAddress.IPv6Any))
            && wide.EndPoint.AddressFamily == narrow.EndPoint.AddressFamily);

    private static bool TrySplit(string text, int lowestPort, string examples, out string host, out int port, out string mistake)
    {
        mistake = "";
        host = "";
        port = 0;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
        {
            mistake = $"'{text}' has no port; {examples}";
            return false;
        }
        host = text[..colon];
        var digits = text[(colon + 1)..];
        if (digits.Length == 0 || digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            mistake = $"'{digits}' is no port; {examples}";
            return false;
        }
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            || port < lowestPort || port > IPEndPoint.MaxPort)
        {
            mistake = $"port {digits} is out of range; expected {lowestPort} to {IPEndPoint.MaxPort}";
            return false;
        }
        return true;
    }

    private static bool TryReadLiteral(string host, [NotNullWhen(true)] out IPAddress? address)
    {
        if (host is ['[', .. var inner, ']'])
            return IPAddress.TryParse(inner, out address) && address.AddressFamily == AddressFamily.InterNetworkV6 && inner[0] != '[';
        // The framework reads "1" and "010.0.0.1" as addresses, too; what it writes back tells.
        return IPAddress.TryParse(host, out address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == host;
    }
}
