using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Settings;

public class CidrSpecs
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0", "10.255.255.255")]
    [InlineData("192.0.2.7", "192.0.2.7/32", "192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7/32", "192.0.2.7/32", "192.0.2.7", "192.0.2.7")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255")]
    [InlineData("2001:db8::/32", "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:DB8::1", "2001:db8::1/128", "2001:db8::1", "2001:db8::1")]
    [InlineData("::/0", "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::8000:0:0:0/65", "2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::", "2001:db8::ffff:ffff:ffff:ffff")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8", "10.0.0.0", "10.255.255.255")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1/32", "10.0.0.1", "10.0.0.1")]
    public void A_network_has_a_first_and_a_last_address(string text, string plain, string first, string last)
    {
        Assert.True(Cidr.TryParse(text, out var network, out var error), error);
        Assert.Equal(plain, network.ToString());
        Assert.Equal(IPAddress.Parse(first), network.First.ToAddress());
        Assert.Equal(IPAddress.Parse(last), new AddressKey((ulong)(network.Last >> 64), (ulong)network.Last).ToAddress());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/8")]
    [InlineData("10")]
    [InlineData("10.0.0/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.0:80")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%2")]
    [InlineData("fe80::%eth0/64")]
    [InlineData("localhost")]
    [InlineData(" 10.0.0.1")]
    [InlineData("10.0.0.0 /8")]
    public void What_is_no_address_is_told_as_such(string text)
    {
        Assert.False(Cidr.TryParse(text, out _, out var error));
        Assert.Equal($"'{text}' is no network; expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32", error);
    }

    [Theory]
    [InlineData("10.0.0.0/33", "'33' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("10.0.0.0/", "'' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("10.0.0.0/08", "'08' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("10.0.0.0/-1", "'-1' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("10.0.0.0/255.0.0.0", "'255.0.0.0' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("2001:db8::/129", "'129' is no prefix length of an IPv6 network; expected 0 to 128")]
    [InlineData("10.0.0.1/8", "'10.0.0.1/8' has bits beyond its prefix; expected 10.0.0.0/8")]
    [InlineData("2001:db8::1/64", "'2001:db8::1/64' has bits beyond its prefix; expected 2001:db8::/64")]
    public void What_is_wrong_with_a_prefix_is_told(string text, string expected)
    {
        Assert.False(Cidr.TryParse(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    [Fact]
    public void A_error_shows_no_more_than_a_line_of_it()
    {
        Assert.False(Cidr.TryParse(new string('x', 10_000), out _, out var error));
        Assert.InRange(error!.Length, 80, 200);
    }
}
