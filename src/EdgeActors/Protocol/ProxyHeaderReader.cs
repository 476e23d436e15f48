using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Protocol;

/// <summary>
/// Reads a PROXY header of either version off the first bytes of a connection. Pure: the caller passes everything received so far each
/// time. No byte beyond those that decide is waited for, so a client of another protocol is told apart by its first ones.
/// </summary>
public static class ProxyHeaderReader
{
    private const int MaxPort = 5;

    private static readonly SearchValues<byte> OfIPv6 = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <summary>Bytes after which <see cref="Read"/> has decided, whatever they are.</summary>
    public const int MaxLength = ProxyHeaderV2Reader.MaxLength;

    /// <summary>Reads the header at the start of <paramref name="received"/>.</summary>
    public static ProxyHeaderStatus Read(ReadOnlySpan<byte> received, out ProxyHeader header)
    {
        header = default;
        if (Begins(received, ProxyHeaderV2.Signature))
            return ProxyHeaderV2Reader.Read(received, out header);
        if (!Begins(received, ProxyHeaderV1.Signature))
            return ProxyHeaderStatus.NotProxy;

        var end = received[..Math.Min(received.Length, ProxyHeaderV1.MaxLength)].IndexOf((byte)'\n');
        if (end < 0)
            return received.Length < ProxyHeaderV1.MaxLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Malformed;
        return received[end - 1] == '\r' && TryLine(received[ProxyHeaderV1.Signature.Length..(end - 1)], end + 1, out header)
            ? ProxyHeaderStatus.Complete
            : ProxyHeaderStatus.Malformed;
    }

    /// <summary>As far as there are bytes, they are the signature's.</summary>
    private static bool Begins(ReadOnlySpan<byte> received, ReadOnlySpan<byte> signature)
    {
        var seen = Math.Min(received.Length, signature.Length);
        return received[..seen].SequenceEqual(signature[..seen]);
    }

    // proxy-protocol.txt, section 2.1: TCP4|TCP6 source target source-port target-port, a single space between two; UNKNOWN anything.
    private static bool TryLine(ReadOnlySpan<byte> line, int length, out ProxyHeader header)
    {
        header = new ProxyHeader(length, null, null);
        var protocol = NextWord(ref line);
        if (protocol.SequenceEqual("UNKNOWN"u8))
            return true;
        var v4 = protocol.SequenceEqual("TCP4"u8);
        if ((!v4 && !protocol.SequenceEqual("TCP6"u8))
            || !TryAddress(NextWord(ref line), v4, out var source)
            || !TryAddress(NextWord(ref line), v4, out var target)
            || !TryPort(NextWord(ref line), out var sourcePort)
            || !TryPort(line, out var targetPort))
            return false;
        header = new ProxyHeader(length, new IPEndPoint(source, sourcePort), new IPEndPoint(target, targetPort));
        return true;
    }

    /// <summary>Up to the next space, which is gone, too.</summary>
    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return word;
    }

    // The framework's parser takes more than the specification: 0x7f.1, 010.0.0.1, [::1], fe80::1%eth0. What may stand here has four parts
    // without leading zeros, or digits and colons (and, as some write it, dots at the end of them).
    private static bool TryAddress(ReadOnlySpan<byte> word, bool v4, out IPAddress address)
    {
        address = IPAddress.None;
        if (v4)
            return TryV4(word, out address);
        if (word.IsEmpty || word.ContainsAnyExcept(OfIPv6) || !word.Contains((byte)':'))
            return false;
        Span<char> text = stackalloc char[word.Length];
        for (var i = 0; i < word.Length; i++)
            text[i] = (char)word[i];
        if (!IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
            return false;
        address = parsed;
        return true;
    }

    private static bool TryV4(ReadOnlySpan<byte> word, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> parts = stackalloc byte[4];
        for (var i = 0; i < parts.Length; i++)
        {
            var dot = i < 3 ? word.IndexOf((byte)'.') : word.Length;
            if (dot < 0 || !TryNumber(word[..dot], 3, byte.MaxValue, out var part))
                return false;
            parts[i] = (byte)part;
            word = i < 3 ? word[(dot + 1)..] : default;
        }
        address = new IPAddress(parts);
        return true;
    }

    private static bool TryPort(ReadOnlySpan<byte> word, out int port) => TryNumber(word, MaxPort, ushort.MaxValue, out port);

    private static bool TryNumber(ReadOnlySpan<byte> digits, int maxDigits, int max, out int number)
    {
        number = 0;
        if (digits.IsEmpty || digits.Length > maxDigits || (digits[0] == '0' && digits.Length > 1))
            return false;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            number = number * 10 + digit - '0';
        }
        return number <= max;
    }
}
