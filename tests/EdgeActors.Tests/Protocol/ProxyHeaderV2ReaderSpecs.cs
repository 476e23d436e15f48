using System.Net;
using EdgeActors.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeActors.Tests.Protocol;

public class ProxyHeaderV2ReaderSpecs
{
    private const string Signature = "0d0a0d0a000d0a515549540a";
    private const string V4Body = "cb007109ac140103d43101bb";
    private const string V6Body = "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "d43101bb";

    private static ProxyHeaderStatus Read(string hex, out ProxyHeader header) =>
        ProxyHeaderReader.ReadV2(Convert.FromHexString(hex), out header);

    [Fact]
    public void Ipv4_addresses_are_read()
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Read(Signature + "2111000c" + V4Body + "16", out var header));
        Assert.Equal(new ProxyHeader(28, IPEndPoint.Parse("203.0.113.9:54321"), IPEndPoint.Parse("172.20.1.3:443")), header);
    }

    [Fact]
    public void Ipv6_addresses_are_read()
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Read(Signature + "21210024" + V6Body, out var header));
        Assert.Equal(new ProxyHeader(52, IPEndPoint.Parse("[2001:db8::1]:54321"), IPEndPoint.Parse("[2001:db8::2]:443")), header);
    }

    [Theory]
    [InlineData("203.0.113.9:54321", "172.20.1.3:443")]
    [InlineData("[2001:db8::1]:1", "[2001:db8::2]:65535")]
    public void What_is_written_is_read(string source, string target)
    {
        var buffer = new byte[ProxyHeaderV2.MaxLength];
        var length = ProxyHeaderV2.Write(buffer, IPEndPoint.Parse(source), IPEndPoint.Parse(target));
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(buffer.AsSpan(0, length), out var header));
        Assert.Equal(new ProxyHeader(length, IPEndPoint.Parse(source), IPEndPoint.Parse(target)), header);
    }

    [Theory]
    [InlineData(Signature + "20000000", 16)]
    [InlineData(Signature + "20110003aabbcc", 19)] // a LOCAL block is skipped unread
    [InlineData(Signature + "21000000", 16)]
    [InlineData(Signature + "2100000401000100", 20)] // so is that of an unspecified family
    public void A_header_without_addresses_has_a_length_only(string hex, int length)
    {
        Assert.Equal(ProxyHeaderStatus.Complete, Read(hex, out var header));
        Assert.Equal(new ProxyHeader(length, null, null), header);
    }

    [Theory]
    [InlineData(Signature + "2111000c" + V4Body)]
    [InlineData(Signature + "21210024" + V6Body)]
    [InlineData(Signature + "21110013" + V4Body + "020004" + "612e6578")]
    [InlineData(Signature + "20000000")]
    [InlineData(Signature + "20000002ffff")]
    public void Every_shorter_prefix_asks_for_more(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal(ProxyHeaderStatus.Incomplete, ProxyHeaderReader.ReadV2(bytes.AsSpan(0, length), out _));
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(bytes, out var header));
        Assert.Equal(bytes.Length, header.Length);
    }

    [Fact]
    public void A_wrong_byte_of_the_signature_is_told_at_once()
    {
        var bytes = Convert.FromHexString(Signature);
        for (var at = 0; at < bytes.Length; at++)
        {
            byte[] wrong = [.. bytes[..at], (byte)(bytes[at] ^ 1)];
            Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeaderReader.ReadV2(wrong, out _));
        }
    }

    [Fact]
    public void Two_commands_of_version_2_are_accepted_and_no_other_byte()
    {
        for (var value = 0; value < 256; value++)
        {
            var expected = value is 0x20 or 0x21 ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Malformed;
            Assert.Equal(expected, Read(Signature + value.ToString("x2"), out _));
        }
    }

    [Fact]
    public void Of_all_families_tcp_and_unspecified_are_accepted()
    {
        for (var value = 0; value < 256; value++)
        {
            // Both bodies in one: as IPv4 its addresses are followed by a field of 21 bytes.
            var body = V4Body + "ee0015" + new string('0', 42);
            var expected = value is 0x00 or 0x11 or 0x21 ? ProxyHeaderStatus.Complete : ProxyHeaderStatus.Malformed;
            Assert.Equal(expected, Read(Signature + "21" + value.ToString("x2") + "0024" + body, out _));
        }
    }

    [Fact]
    public void The_family_of_a_local_header_does_not_matter()
    {
        for (var value = 0; value < 256; value++)
            Assert.Equal(ProxyHeaderStatus.Complete, Read(Signature + "20" + value.ToString("x2") + "0001ff", out _));
    }

    [Theory]
    [InlineData("2111000b" + "cb007109ac140103d43101")] // one byte short of the addresses
    [InlineData("21210023" + "20010db800000000000000000000000120010db8000000000000000000000002d43101")]
    [InlineData("2111000d" + V4Body + "02")] // a field cut in its type
    [InlineData("2111000e" + V4Body + "0200")] // ... in its length
    [InlineData("21110010" + V4Body + "02000261")] // ... in its value
    public void A_body_that_does_not_add_up_is_malformed(string rest) =>
        Assert.Equal(ProxyHeaderStatus.Malformed, Read(Signature + rest, out _));

    [Fact]
    public void The_longest_header_is_read_and_one_byte_more_is_malformed_at_once()
    {
        const int body = ProxyHeaderReader.MaxLength - ProxyHeaderV2.FixedLength;
        byte[] full = [.. Convert.FromHexString(Signature + "2000" + body.ToString("x4")), .. new byte[body]];
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.ReadV2(full, out var header));
        Assert.Equal(ProxyHeaderReader.MaxLength, header.Length);
        Assert.Equal(ProxyHeaderStatus.Malformed, Read(Signature + "2000" + (body + 1).ToString("x4"), out _));
    }

    [Fact]
    public void Random_bytes_behind_the_signature_are_answered() =>
        Prop.ForAll<byte[]>(tail =>
        {
            byte[] bytes = [.. ProxyHeaderV2.Signature, 0x21, 0x11, (byte)(tail.Length >> 8), (byte)tail.Length, .. tail];
            var status = ProxyHeaderReader.ReadV2(bytes, out var header);
            Assert.NotEqual(ProxyHeaderStatus.Incomplete, status);
            Assert.Equal(status == ProxyHeaderStatus.Complete ? bytes.Length : 0, header.Length);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1000));
}
