using System.Net;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

public sealed class SockAddrSpecs
{
    [Theory]
    [InlineData("192.0.2.7:443", 16)]
    [InlineData("0.0.0.0:0", 16)]
    [InlineData("255.255.255.255:65535", 16)]
    [InlineData("[2001:db8::1]:8443", 28)]
    [InlineData("[::]:1", 28)]
    [InlineData("[fe80::1%3]:80", 28)]
    public void What_is_written_is_read(string text, int length)
    {
        Span<byte> bytes = stackalloc byte[SockAddr.MaxLength];
        Assert.Equal(length, SockAddr.Write(bytes, IPEndPoint.Parse(text)));
        Assert.Equal(IPEndPoint.Parse(text), SockAddr.Read(bytes));
    }

    [Fact]
    public void Bytes_are_those_of_the_system()
    {
        Span<byte> bytes = stackalloc byte[SockAddr.MaxLength];
        foreach (var text in new[] { "192.0.2.7:443", "[2001:db8::1]:8443", "[fe80::1%3]:80" })
        {
            var endPoint = IPEndPoint.Parse(text);
            var system = endPoint.Serialize();
            Assert.Equal(system.Size, SockAddr.Write(bytes, endPoint));
            Assert.Equal(system.Buffer.Span[..system.Size].ToArray(), bytes[..system.Size].ToArray());
        }
    }

    [Fact]
    public void A_v4_mapped_address_is_read_as_v4()
    {
        Span<byte> bytes = stackalloc byte[SockAddr.MaxLength];
        SockAddr.Write(bytes, IPEndPoint.Parse("[::ffff:192.0.2.7]:443"));
        Assert.Equal(IPEndPoint.Parse("192.0.2.7:443"), SockAddr.Read(bytes));
    }
}
