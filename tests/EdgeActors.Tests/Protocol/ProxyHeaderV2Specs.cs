using System.Net;
using EdgeActors.Protocol;

namespace EdgeActors.Tests.Protocol;

public class ProxyHeaderV2Specs
{
    private const string Signature = "0d0a0d0a000d0a515549540a";

    private static string Written(string source, string target)
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV2.MaxLength];
        buffer.Fill(0xee);
        var length = ProxyHeaderV2.Write(buffer, IPEndPoint.Parse(source), IPEndPoint.Parse(target));
        Assert.True(buffer[length..].IndexOfAnyExcept((byte)0xee) < 0, "wrote past the length that it returned");
        return Convert.ToHexStringLower(buffer[..length]);
    }

    [Fact]
    public void Two_ipv4_addresses_take_28_bytes() =>
        Assert.Equal(
            Signature + "21" + "11" + "000c" + "cb007109" + "ac140103" + "d431" + "01bb",
            Written("203.0.113.9:54321", "172.20.1.3:443"));

    [Fact]
    public void Two_ipv6_addresses_take_52_bytes() =>
        Assert.Equal(
            Signature + "21" + "21" + "0024"
            + "20010db8000000000000000000000001" + "20010db800ff0000000000000000abcd" + "0001" + "ffff",
            Written("[2001:db8::1]:1", "[2001:db8:ff::abcd]:65535"));

    [Theory]
    [InlineData("[::ffff:203.0.113.9]:54321", "[::ffff:172.20.1.3]:443")]
    [InlineData("[::ffff:203.0.113.9]:54321", "172.20.1.3:443")]
    [InlineData("203.0.113.9:54321", "[::ffff:172.20.1.3]:443")]
    public void Mapped_addresses_go_out_as_ipv4(string source, string target) =>
        Assert.Equal(Written("203.0.113.9:54321", "172.20.1.3:443"), Written(source, target));

    [Theory]
    [InlineData("203.0.113.9:54321")]
    [InlineData("[::ffff:203.0.113.9]:54321")]
    public void An_ipv4_source_with_an_ipv6_target_is_mapped(string source) =>
        Assert.Equal(
            Signature + "21" + "21" + "0024"
            + "00000000000000000000ffffcb007109" + "20010db8000000000000000000000001" + "d431" + "01bb",
            Written(source, "[2001:db8::1]:443"));

    [Fact]
    public void An_ipv6_source_with_an_ipv4_target_has_the_target_mapped() =>
        Assert.Equal(
            Signature + "21" + "21" + "0024"
            + "20010db8000000000000000000000001" + "00000000000000000000ffffac140103" + "d431" + "01bb",
            Written("[2001:db8::1]:54321", "172.20.1.3:443"));

    [Fact]
    public void The_scope_of_a_link_local_address_is_left_out() =>
        Assert.Equal(Written("[fe80::1]:1", "[fe80::2]:2"), Written("[fe80::1%3]:1", "[fe80::2%3]:2"));

    [Fact]
    public void A_check_sends_sixteen_bytes()
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV2.FixedLength];
        Assert.Equal(16, ProxyHeaderV2.WriteLocal(buffer));
        Assert.Equal("0d0a0d0a000d0a515549540a20000000", Convert.ToHexStringLower(buffer));
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV2.MaxLength];
        var source = IPEndPoint.Parse("[::ffff:203.0.113.9]:54321");
        var target = IPEndPoint.Parse("[2001:db8::1]:443");
        ProxyHeaderV2.Write(buffer, source, target);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            ProxyHeaderV2.Write(buffer, source, target);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
