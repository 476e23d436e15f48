using System.Globalization;
using System.Net;

namespace EdgeActors.Protocol;

/// <summary>
/// Writes a PROXY protocol version 1 header, one line of text:
/// <code>
/// PROXY TCP4 203.0.113.9 172.20.1.3 54321 443\r\n
/// </code>
/// Mixed address families are written as TCP6, as in <see cref="ProxyHeaderV2"/>. UNKNOWN is never written.
/// </summary>
public static class ProxyHeaderV1
{
    /// <summary>The longest line, line end included (proxy-protocol.txt, section 2.1).</summary>
    public const int MaxLength = 107;

    /// <summary>The signature; HTTP, SMTP and FTP clients start with other words.</summary>
    public static ReadOnlySpan<byte> Signature => "PROXY "u8;

    /// <param name="destination">Room for <see cref="MaxLength"/> bytes.</param>
    /// <param name="target">The address that the client reached.</param>
    public static int Write(Span<byte> destination, IPEndPoint source, IPEndPoint target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var v4 = ProxyHeaderV2.IsV4(source.Address) && ProxyHeaderV2.IsV4(target.Address);
        var line = new Line(destination);
        line.Add(v4 ? "PROXY TCP4 "u8 : "PROXY TCP6 "u8);
        line.Add(source.Address, v4);
        line.Add(" "u8);
        line.Add(target.Address, v4);
        line.Add(" "u8);
        line.Add(source.Port);
        line.Add(" "u8);
        line.Add(target.Port);
        line.Add("\r\n"u8);
        return line.Length;
    }

    /// <summary>The line so far. Numbers are appended without interpolation, which boxes them in unoptimised code.</summary>
    private ref struct Line(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        private readonly Span<byte> Rest => _destination[Length..];

        public void Add(ReadOnlySpan<byte> text)
        {
            text.CopyTo(Rest);
            Length += text.Length;
        }

        public void Add(int number, ReadOnlySpan<char> format = default)
        {
            number.TryFormat(Rest, out var written, format, CultureInfo.InvariantCulture);
            Length += written;
        }

        public void Add(IPAddress address, bool v4)
        {
            Span<byte> bytes = stackalloc byte[16];
            address.TryWriteBytes(bytes, out var count);
            var four = bytes[(count - 4)..count];
            if (!ProxyHeaderV2.IsV4(address))
            {
                address.TryFormat(Rest, out var written);
                // A scope is valid on this machine only.
                var scope = Rest[..written].IndexOf((byte)'%');
                Length += scope < 0 ? written : scope;
            }
            else if (v4)
            {
                for (var i = 0; i < four.Length; i++)
                {
                    if (i > 0)
                        Add("."u8);
                    Add(four[i]);
                }
            }
            else
            {
                // IPv6 in version 1 has hexadecimal digits and colons only, no dotted end.
                Add("::ffff:"u8);
                Add((four[0] << 8) | four[1], "x");
                Add(":"u8);
                Add((four[2] << 8) | four[3], "x");
            }
        }
    }
}
