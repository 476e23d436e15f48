using System.Net;
using System.Text;
using EdgeActors.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Protocol;

public class ProxyHeaderReaderSpecs
{
    private const string Line = "PROXY TCP4 203.0.113.9 172.20.1.3 54321 443\r\n";

    private static ProxyHeaderStatus Read(string text, out ProxyHeader header) =>
        ProxyHeaderReader.Read(Encoding.Latin1.GetBytes(text), out header);

    public static TheoryData<byte[]> Headers()
    {
        var v2 = new byte[ProxyHeaderV2.MaxLength];
        var plain = ProxyHeaderV2.Write(v2, IPEndPoint.Parse("203.0.113.9:54321"), IPEndPoint.Parse("172.20.1.3:443"));
        var local = new byte[ProxyHeaderV2.FixedLength];
        ProxyHeaderV2.WriteLocal(local);
        var full = new byte[ProxyHeaderV2.MaxLength];
        var length = ProxyHeaderV2.Write(
            full, IPEndPoint.Parse("[2001:db8::1]:1"), IPEndPoint.Parse("[2001:db8::2]:2"),
            new ProxyFields { Checksum = true, Alpn = "h2"u8, Authority = "a.ex", UniqueId = "7"u8 });
        return
        [
            Encoding.ASCII.GetBytes(Line), Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n"), Encoding.ASCII.GetBytes(
                "PROXY TCP6 ::1 2001:DB8::2 1 2\r\n"),
            v2[..plain], local, full[..length],
        ];
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_is_incomplete_at_every_cut_and_complete_with_anything_behind_it(byte[] bytes)
    {
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeaderReader.Read(bytes.AsSpan(0, length), out _));
        foreach (var behind in new byte[][] { [], [0x16], [(byte)'\n'], Encoding.ASCII.GetBytes(Line) })
        {
            Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.Read([.. bytes, .. behind], out var header));
            Assert.Equal(bytes.Length, header.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_wrong_byte_of_the_signature_is_no_proxy_at_once(byte[] bytes)
    {
        var signature = bytes[0] == 'P' ? ProxyHeaderV1.Signature.Length : ProxyHeaderV2.Signature.Length;
        for (var at = 0; at < signature; at++)
        {
            byte[] wrong = [.. bytes[..at], (byte)(bytes[at] ^ 1)];
            Assert.Equal(ProxyHeaderStatus.NotProxy, ProxyHeaderReader.Read(wrong, out _));
        }
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9 172.20.1.3 54321 443\r\n", "203.0.113.9:54321", "172.20.1.3:443")]
    [InlineData("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0", "255.255.255.255:65535")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:DB8::2 1 2\r\n", "[2001:db8::1]:1", "[2001:db8::2]:2")]
    [InlineData("PROXY TCP6 ::ffff:cb00:7109 ::ffff:10.0.0.1 1 2\r\n", "[::ffff:203.0.113.9]:1", "[::ffff:10.0.0.1]:2")]
    public void A_line_says_both_ends(string line, string source, string target)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Read(line, out var header));
        Assert.Equal(new ProxyHeader(line.Length, IPEndPoint.Parse(source), IPEndPoint.Parse(target)), header);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN \r\n")]
    [InlineData("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")]
    [InlineData("PROXY UNKNOWN whatever \0 it is\r\n")]
    public void An_unknown_client_is_the_peer_itself(string line)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Read(line, out var header));
        Assert.Equal(new ProxyHeader(line.Length, null, null), header);
    }

    [Theory]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n")]
    [InlineData("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 99999999999 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.256 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 0x1.2.3.4 1.2.3.4 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 ::1::2 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 12345::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n")]
    [InlineData("PROXY \n")]
    public void A_line_against_the_rules_is_malformed(string line) => Assert.Equal(ProxyHeaderStatus.Malformed, Read(line, out _));

    [Fact]
    public void A_line_has_107_bytes_at_most()
    {
        var longest = "PROXY UNKNOWN " + new string('x', 91) + "\r\n";
        Assert.Equal(ProxyHeaderV1.MaxLength, longest.Length);
        Assert.Equal(ProxyHeaderStatus.Complete, Read(longest, out _));
        Assert.Equal(ProxyHeaderStatus.Malformed, Read("PROXY UNKNOWN " + new string('x', 92) + "\r\n", out _));
        Assert.Equal(ProxyHeaderStatus.Incomplete, Read("PROXY " + new string('x', 100), out _));
        Assert.Equal(ProxyHeaderStatus.Malformed, Read("PROXY " + new string('x', 101), out _));
    }

    [Fact]
    public void Everything_is_decided_within_the_longest_header()
    {
        byte[] announced = [.. ProxyHeaderV2.Signature, 0x21, 0x11, 0xff, 0xff];
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeaderReader.Read(announced, out _));
        var body = ProxyHeaderReader.MaxLength - ProxyHeaderV2.FixedLength;
        byte[] longest = [.. ProxyHeaderV2.Signature, 0x20, 0x00, (byte)(body >> 8), (byte)body, .. new byte[body]];
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.Read(longest, out _));
    }

    [Fact]
    public void Random_lines_are_answered_and_never_read_beyond_their_end() =>
        Prop.ForAll<byte[]>(tail =>
        {
            var status = ProxyHeaderReader.Read([.. "PROXY "u8, .. tail, (byte)'\r', (byte)'\n'], out var header);
            Assert.Contains(status, new[] { ProxyHeaderStatus.Complete, ProxyHeaderStatus.Malformed });
            Assert.InRange(header.Length, 0, 8 + tail.Length);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));
}
