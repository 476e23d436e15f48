using System.Net;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Settings;

public class AddressesSpecs
{
    [Theory]
    [InlineData("127.0.0.1:443")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::1]:443")]
    [InlineData("[::]:65535")]
    [InlineData("[2001:db8::1]:1")]
    public void Literals_to_listen_on(string text)
    {
        Assert.True(Addresses.TryReadBind(text, out var bind, out _));
        Assert.Equal(IPEndPoint.Parse(text), bind.EndPoint);
        Assert.False(bind.DualMode);
        Assert.Equal(text, bind.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":443")]
    [InlineData("443")]
    [InlineData("*")]
    [InlineData("*:")]
    [InlineData("*:+1")]
    [InlineData("*: 1")]
    [InlineData("*:-1")]
    [InlineData("*:65536")]
    [InlineData("*:99999999999")]
    [InlineData("1:443")]
    [InlineData("127.1:443")]
    [InlineData("010.0.0.1:443")]
    [InlineData("0x7f.0.0.1:443")]
    [InlineData("1.2.3.4.5:443")]
    [InlineData("256.0.0.1:443")]
    [InlineData("::1:443")]
    [InlineData("[::1]")]
    [InlineData("[]:443")]
    [InlineData("[[::1]]:443")]
    [InlineData("[::1:443")]
    [InlineData("[127.0.0.1]:443")]
    [InlineData("[::g]:443")]
    public void What_is_no_address_is_refused_with_a_sentence(string text)
    {
        Assert.False(Addresses.TryReadBind(text, out var bind, out var error));
        Assert.Null(bind);
        Assert.Contains("; expected ", error, StringComparison.Ordinal);
        Assert.False(Addresses.TryReadServer(text, out _, out error));
        Assert.Contains("; expected ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*:1", "*:1", true)]
    [InlineData("*:1", "*:2", false)]
    [InlineData("*:0", "*:0", false)]
    [InlineData("*:1", "127.0.0.1:1", true)]
    [InlineData("[::1]:1", "*:1", true)]
    [InlineData("0.0.0.0:1", "127.0.0.1:1", true)]
    [InlineData("0.0.0.0:1", "[::1]:1", false)]
    [InlineData("[::]:1", "127.0.0.1:1", false)]
    [InlineData("[::]:1", "[::1]:1", true)]
    [InlineData("127.0.0.1:1", "127.0.0.2:1", false)]
    [InlineData("127.0.0.1:1", "127.0.0.1:1", true)]
    public void Two_sockets_that_cannot_both_be_bound(string a, string b, bool expected)
    {
        Assert.True(Addresses.TryReadBind(a, out var first, out _));
        Assert.True(Addresses.TryReadBind(b, out var second, out _));
        Assert.Equal(expected, Addresses.Overlap(first, second));
        Assert.Equal(expected, Addresses.Overlap(second, first));
    }

    [Theory]
    [InlineData("www.example.org", "www.example.org")]
    [InlineData("WWW.Example.ORG.", "www.example.org")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    public void Names_in_their_compared_spelling(string text, string expected)
    {
        Assert.True(HostName.TryRead(text, out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("-a.b")]
    [InlineData("a b.c")]
    [InlineData("bu\u0308cher.example")]
    [InlineData("a\u200Db.example")]
    [InlineData("ü..example")]
    [InlineData("\uFFFD.example")]
    [InlineData("☃.example")]
    [InlineData("10.0.0.1")]
    public void What_is_no_name_is_refused(string text) => Assert.False(HostName.TryRead(text, out _));

    [Fact]
    public void The_longest_label_outside_ascii_and_one_more()
    {
        Assert.True(HostName.TryRead(new string('ü', 5) + ".example", out var name));
        Assert.StartsWith("xn--", name, StringComparison.Ordinal);
        Assert.False(HostName.TryRead(new string('ü', 80) + ".example", out _));
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("fall", "fal", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("raise", "rise", 1)]
    public void Distance_between_words(string a, string b, int expected)
    {
        Assert.Equal(expected, Nearest.Distance(a, b));
        Assert.Equal(expected, Nearest.Distance(b, a));
    }
}
