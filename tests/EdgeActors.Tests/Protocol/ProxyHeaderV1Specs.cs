using System.Net;
using System.Text;
using EdgeActors.Protocol;

namespace EdgeActors.Tests.Protocol;

public class ProxyHeaderV1Specs
{
    private static string Written(string source, string target)
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV1.MaxLength];
        buffer.Fill(0xee);
        var length = ProxyHeaderV1.Write(buffer, IPEndPoint.Parse(source), IPEndPoint.Parse(target));
        Assert.True(buffer[length..].IndexOfAnyExcept((byte)0xee) < 0, "wrote past the length that it returned");
        return Encoding.ASCII.GetString(buffer[..length]);
    }

    [Theory]
    [InlineData("203.0.113.9:54321", "172.20.1.3:443", "PROXY TCP4 203.0.113.9 172.20.1.3 54321 443\r\n")]
    [InlineData("[::ffff:203.0.113.9]:54321", "172.20.1.3:443", "PROXY TCP4 203.0.113.9 172.20.1.3 54321 443\r\n")]
    [InlineData("255.255.255.255:65535", "255.255.255.255:65535", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n")]
    [InlineData("[2001:db8::1]:1", "[2001:db8::2]:0", "PROXY TCP6 2001:db8::1 2001:db8::2 1 0\r\n")]
    [InlineData("[fe80::1%3]:1", "[fe80::2%3]:2", "PROXY TCP6 fe80::1 fe80::2 1 2\r\n")]
    [InlineData("203.0.113.9:1", "[2001:db8::2]:2", "PROXY TCP6 ::ffff:cb00:7109 2001:db8::2 1 2\r\n")]
    [InlineData("[2001:db8::1]:1", "10.0.0.1:2", "PROXY TCP6 2001:db8::1 ::ffff:a00:1 1 2\r\n")]
    public void A_line_says_both_ends(string source, string target, string line) => Assert.Equal(line, Written(source, target));

    [Theory]
    [InlineData("203.0.113.9:54321", "172.20.1.3:443")]
    [InlineData("[2001:db8::1]:1", "[2001:db8::2]:65535")]
    [InlineData("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    public void What_is_written_is_read(string source, string target)
    {
        var line = Written(source, target);
        Assert.InRange(line.Length, 1, ProxyHeaderV1.MaxLength);
        Assert.Equal(ProxyHeaderStatus.Complete, ProxyHeaderReader.Read(Encoding.ASCII.GetBytes(line), out var header));
        Assert.Equal(new ProxyHeader(line.Length, IPEndPoint.Parse(source), IPEndPoint.Parse(target)), header);
    }

    [Fact]
    public void Writing_allocates_nothing()
    {
        Span<byte> buffer = stackalloc byte[ProxyHeaderV1.MaxLength];
        var source = IPEndPoint.Parse("203.0.113.9:54321");
        var target = IPEndPoint.Parse("[2001:db8::1]:443");
        ProxyHeaderV1.Write(buffer, source, target);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            ProxyHeaderV1.Write(buffer, source, target);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
