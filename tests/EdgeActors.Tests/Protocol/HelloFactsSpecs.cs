using EdgeActors.Protocol;

namespace EdgeActors.Tests.Protocol;

public class HelloFactsSpecs
{
    private static HelloFacts Of(byte[] wire)
    {
        Assert.Equal(HelloStatus.Complete, ClientHelloReader.Read(wire, ClientHelloReader.DefaultMaxHello, out var hello));
        return HelloFacts.Of(wire, hello!);
    }

    [Theory]
    [InlineData("curl-h2.bin", "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6")]
    [InlineData("openssl30-multirecord.bin", "t13d3111px_e8f1e7e78f70_1f22a2ca17c4")]
    [InlineData("synth-records1.bin", "t13d311000_e8f1e7e78f70_1f22a2ca17c4")]
    public void One_record_or_many_make_one_fingerprint(string file, string ja4)
    {
        var wire = HelloBytes.Recorded(file);
        Assert.Equal(ja4, Of(wire).Ja4);
        // What follows the hello is none of it.
        Assert.Equal(ja4, Of([.. wire, 0x17, 3, 3, 0, 1, 0]).Ja4);
    }

    [Fact]
    public void Protocols_are_in_order_and_what_could_break_a_line_is_escaped()
    {
        Assert.Equal(["h2", "http/1.1"], Of(HelloBytes.Recorded("curl-h2.bin")).Protocols);
        Assert.Empty(Of(HelloBytes.Recorded("openssl30.bin")).Protocols);
        Assert.Equal(
            ["a%20b%0A", "%2C%25", "%7F", "\"=\\"], Of(HelloBytes.With(HelloBytes.Alpn("a b\n", ",%", "\u007f", "\"=\\"))).Protocols);
    }

    [Fact]
    public void They_are_told_up_to_a_bound()
    {
        var exactly = Of(HelloBytes.With(HelloBytes.Alpn(new string('a', 255), new string('b', 255), "cc"))).Protocols;
        Assert.Equal(HelloFacts.MaxProtocolText, exactly.Sum(name => name.Length));
        Assert.Equal(3, exactly.Count);
        var more = Of(HelloBytes.With(HelloBytes.Alpn(new string('a', 255), new string('b', 255), "ccc", "d"))).Protocols;
        Assert.Equal([new string('a', 255), new string('b', 255), HelloFacts.More], more);
    }

    [Fact]
    public void Versions_are_those_of_the_extension_or_else_the_hello_s_own()
    {
        Assert.Equal(TlsVersions.Tls12 | TlsVersions.Tls13, Of(HelloBytes.Recorded("chromium156-1.bin")).Versions);
        Assert.Equal(TlsVersions.Tls12, Of(HelloBytes.WithoutExtensions()).Versions);
        Assert.Equal(TlsVersions.Tls10, Of(HelloBytes.Record(HelloBytes.Message([], version: 0x0301))).Versions);
    }
}
