using EdgeActors.Settings;

namespace EdgeActors.Tests.Settings;

public class ServerNameSpecs
{
    private static readonly string Label63 = new('a', 63);

    // 63 + 1 + 63 + 1 + 63 + 1 + 61 = 253
    private static readonly string Name253 = string.Join('.', Label63, Label63, Label63, new string('b', 61));

    [Theory]
    [InlineData("demo.fiscalismia.com", "demo.fiscalismia.com")]
    [InlineData("DEMO.Fiscalismia.COM", "demo.fiscalismia.com")]
    [InlineData("demo.fiscalismia.com.", "demo.fiscalismia.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("_acme.a-b.example", "_acme.a-b.example")]
    [InlineData("xn--mller-kva.example", "xn--mller-kva.example")]
    [InlineData("1.2.3.example", "1.2.3.example")]
    [InlineData("a.4x", "a.4x")]
    [InlineData("r3---sn-4g5e6nsz.example", "r3---sn-4g5e6nsz.example")]
    public void A_host_name_has_one_spelling(string raw, string expected)
    {
        Assert.True(ServerName.TryNormalize(raw, out var name));
        Assert.Equal(expected, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".example")]
    [InlineData("a..example")]
    [InlineData("example..")]
    [InlineData("-a.example")]
    [InlineData("a-.example")]
    [InlineData("a.example-")]
    [InlineData("a b.example")]
    [InlineData("a\0.example")]
    [InlineData("a/example")]
    [InlineData("*.example")]
    [InlineData("a.example:443")]
    [InlineData("m\u00fcller.example")]
    [InlineData("\U0001f600.example")]
    [InlineData("\u212aelvin.example")] // the Kelvin sign, which folds to a plain k
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1.")]
    [InlineData("127.1")]
    [InlineData("example.1")]
    [InlineData("2130706433")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("fe80::1%eth0")]
    public void Anything_else_is_refused(string raw)
    {
        Assert.False(ServerName.TryNormalize(raw, out var name));
        Assert.Null(name);
    }

    [Fact]
    public void A_label_of_63_is_accepted_and_one_of_64_is_not()
    {
        Assert.True(ServerName.TryNormalize($"{Label63}.example", out _));
        Assert.False(ServerName.TryNormalize($"{Label63}a.example", out _));
        Assert.True(ServerName.TryNormalize($"example.{Label63}", out _));
        Assert.False(ServerName.TryNormalize($"example.{Label63}a", out _));
    }

    [Fact]
    public void A_name_of_253_is_accepted_with_or_without_dot_and_one_of_254_is_not()
    {
        Assert.Equal(253, Name253.Length);
        Assert.True(ServerName.TryNormalize(Name253, out _));
        Assert.True(ServerName.TryNormalize(Name253 + ".", out var name));
        Assert.Equal(Name253, name);
        Assert.False(ServerName.TryNormalize(Name253 + "b", out _));
        Assert.False(ServerName.TryNormalize(Name253 + "b.", out _));
    }

    [Fact]
    public void Every_byte_but_those_of_names_is_refused()
    {
        for (var value = 0; value < 256; value++)
        {
            var allowed = value is '-' or '_' or '.' or (>= '0' and <= '9') or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z');
            Assert.Equal(allowed, ServerName.TryNormalize([(byte)'x', (byte)value, (byte)'x'], out _));
        }
    }
}
