using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Settings;

/// <summary>A network in CIDR notation (RFC 4632): its first address and its fixed bits of the 128 of <see cref="AddressKey"/>.</summary>
/// <param name="Bits">0 to 128; an IPv4 network has 96 or more.</param>
public readonly record struct Cidr(AddressKey First, int Bits)
{
    private const string Examples = "expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32";

    /// <summary>All IPv4 addresses.</summary>
    public static Cidr IPv4 { get; } = new(new AddressKey(0, 0x0000_ffff_0000_0000), AddressKey.MappedBits);

    public bool IsIPv4 => First.IsIPv4 && Bits >= AddressKey.MappedBits;

    /// <summary>As the framework has it, an IPv4 network as one of IPv4.</summary>
    public IPNetwork ToNetwork() => new(First.ToAddress(), IsIPv4 ? Bits - AddressKey.MappedBits : Bits);

    internal UInt128 Last => Bits == AddressKey.IPv6Bits ? First.Bits : First.Bits | (UInt128.MaxValue >> Bits);

    /// <summary>Strictly: no octal, no missing parts, no scope, no bits beyond the prefix. A single address is a network of one.</summary>
    /// <param name="mistake">A sentence, when it is none.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Cidr cidr, [NotNullWhen(false)] out string? mistake)
    {
        cidr = default;
        mistake = null;
        var slash = text.IndexOf('/');
        if (!TryReadAddress(slash < 0 ? text : text[..slash], out var key, out var family, out var written))
        {
            mistake = $"'{Shown(text)}' is no network; {Examples}";
            return false;
        }
        var bits = written;
        if (slash >= 0 && !TryReadBits(text[(slash + 1)..], written, out bits))
        {
            mistake = $"'{Shown(text[(slash + 1)..])}' is no prefix length of an {family} network; expected 0 to {written}";
            return false;
        }
        var fixedBits = key.IsIPv4 && written == AddressKey.IPv4Bits ? AddressKey.MappedBits + bits : bits;
        var first = key.First(fixedBits);
        if (first != key)
        {
            mistake = $"'{Shown(text)}' has bits beyond its prefix; expected {new Cidr(first, fixedBits)}";
            return false;
        }
        cidr = new Cidr(first, fixedBits);
        return true;
    }

    public override string ToString() => IsIPv4
        ? string.Create(CultureInfo.InvariantCulture, $"{First.ToAddress()}/{Bits - AddressKey.MappedBits}")
        : string.Create(CultureInfo.InvariantCulture, $"{First.ToAddress()}/{Bits}");

    /// <param name="bits">Of an address as it is written, v4-mapped ones being written in 128.</param>
    private static bool TryReadAddress(ReadOnlySpan<char> text, out AddressKey key, out string family, out int bits)
    {
        (key, family, bits) = (default, "IPv6", AddressKey.IPv6Bits);
        // The framework takes "1", "010.0.0.1", "[::1]" and "fe80::1%2", too.
        if (!IPAddress.TryParse(text, out var address) || text.ContainsAny("[]%"))
            return false;
        key = AddressKey.From(address);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return true;
        (family, bits) = ("IPv4", AddressKey.IPv4Bits);
        Span<char> again = stackalloc char[15];
        return address.TryFormat(again, out var length) && text.SequenceEqual(again[..length]);
    }

    private static bool TryReadBits(ReadOnlySpan<char> digits, int most, out int bits)
    {
        bits = 0;
        return digits.Length is > 0 and <= 3
            && (digits[0] != '0' || digits.Length == 1)
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bits)
            && bits <= most;
    }

    private static string Shown(ReadOnlySpan<char> text) => text.Length <= 80 ? text.ToString() : $"{text[..77]}...";
}
