using System.Buffers;
using System.Net;
using System.Text;

namespace EdgeHost.Redirect;

/// <summary>The Host field: a name or an address, and maybe a port (RFC 3986, section 3.2.2).</summary>
internal static class HostField
{
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create(
        "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private const int MaxName = 255;

    /// <summary>The host as it was spelt; its port is that of plain HTTP and would be wrong for https.</summary>
    public static bool TryWithoutPort(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> host)
    {
        host = value;
        var literal = value is [(byte)'[', ..];
        var end = literal ? value.IndexOf((byte)']') + 1 : value.IndexOf((byte)':');
        if (literal ? end > 0 && end < value.Length : end >= 0)
        {
            var port = value[end..];
            if (port[0] != ':' || port.Length > 6 || port[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                return false;
            host = value[..end];
        }
        return literal ? IsIPv6(host) : host.Length is > 0 and <= MaxName && !host.ContainsAnyExcept(NameBytes);
    }

    private static bool IsIPv6(ReadOnlySpan<byte> literal) =>
        literal.Length is > 2 and <= 47 && literal[^1] == ']' && !literal.Contains((byte)'%')
        && IPAddress.TryParse(Encoding.ASCII.GetString(literal[1..^1]), out var address)
        && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
}
