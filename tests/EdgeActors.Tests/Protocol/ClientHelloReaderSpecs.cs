using System.Text;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using static EdgeActors.Protocol.ClientHelloReader;

namespace EdgeActors.Tests.Protocol;

public class ClientHelloReaderSpecs
{
    private static readonly byte[] Name = HelloBytes.ServerName("demo.fiscalismia.com"u8);

    private static HelloStatus StatusOf(byte[] bytes) => Read(bytes, DefaultMaxHello, out _);

    private static ClientHello HelloOf(byte[] bytes)
    {
        Assert.Equal(HelloStatus.Complete, Read(bytes, DefaultMaxHello, out var hello));
        return hello!;
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("\x80\x2e\x01\x03\x01")] // SSLv2 hello
    [InlineData("\x15\x03\x01")] // TLS alert
    [InlineData("\0")]
    public void Another_protocol_is_told_by_its_first_byte(string start)
    {
        var bytes = Encoding.Latin1.GetBytes(start);
        for (var length = 1; length <= bytes.Length; length++)
            Assert.Equal(HelloStatus.NotTls, StatusOf(bytes[..length]));
    }

    [Fact]
    public void Another_major_version_is_told_by_the_second_byte()
    {
        Assert.Equal(HelloStatus.Incomplete, StatusOf([0x16]));
        Assert.Equal(HelloStatus.NotTls, StatusOf([0x16, 2]));
        Assert.Equal(HelloStatus.Incomplete, StatusOf([0x16, 3]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(255)]
    public void Any_minor_version_of_the_record_is_accepted(byte minor)
    {
        var bytes = HelloBytes.With(Name);
        bytes[2] = minor;
        Assert.Equal("demo.fiscalismia.com", HelloOf(bytes).ServerName);
    }

    [Fact]
    public void Another_handshake_message_is_told_by_its_type()
    {
        Assert.Equal(HelloStatus.Incomplete, StatusOf([0x16, 3, 1, 0, 9]));
        Assert.Equal(HelloStatus.NotTls, StatusOf([0x16, 3, 1, 0, 9, 2]));
    }

    [Fact]
    public void A_hello_without_extensions_names_nothing()
    {
        var hello = HelloOf(HelloBytes.WithoutExtensions());
        Assert.Equal(SniState.Absent, hello.Sni);
        Assert.Null(hello.ServerName);
        Assert.True(hello.Alpn.IsEmpty);
        Assert.Equal(TlsVersions.None, hello.SupportedVersions);
        Assert.False(hello.HasEch);
    }

    [Fact]
    public void A_hello_with_other_extensions_names_nothing() =>
        Assert.Equal(SniState.Absent, HelloOf(HelloBytes.With(HelloBytes.Alpn("h2"))).Sni);

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    [InlineData("[2001:db8::1]")]
    [InlineData("a..b")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("m\u00fcller.example")]
    public void What_is_no_host_name_is_invalid_but_the_hello_is_read(string name)
    {
        var hello = HelloOf(HelloBytes.ForName(name));
        Assert.Equal(SniState.Invalid, hello.Sni);
        Assert.Null(hello.ServerName);
    }

    [Theory]
    [InlineData("a b", "a%20b")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("100%\n", "100%25%0A")]
    [InlineData("", "")]
    public void An_invalid_name_is_kept_for_logs_on_one_line(string name, string shown) =>
        Assert.Equal(shown, HelloOf(HelloBytes.ForName(name)).InvalidName);

    [Fact]
    public void Of_an_invalid_name_64_characters_are_kept()
    {
        Assert.Equal(new string('_', 64), HelloOf(HelloBytes.ForName(new string('_', 300) + ".x")).InvalidName);
        Assert.Equal(64, HelloOf(HelloBytes.ForName(new string(' ', 300))).InvalidName!.Length);
        Assert.Null(HelloOf(HelloBytes.ForName("a.example")).InvalidName);
    }

    [Fact]
    public void The_name_is_normalised() =>
        Assert.Equal("demo.fiscalismia.com", HelloOf(HelloBytes.ForName("Demo.FISCALISMIA.com.")).ServerName);

    [Fact]
    public void A_name_of_an_undefined_type_is_passed_over()
    {
        byte[] both = [7, .. HelloBytes.Vector16("x"u8), 0, .. HelloBytes.Vector16("a.example"u8)];
        Assert.Equal("a.example", HelloOf(HelloBytes.With(HelloBytes.Extension(0, HelloBytes.Vector16(both)))).ServerName);
    }

    [Fact]
    public void Two_host_names_are_malformed()
    {
        byte[] both = [0, .. HelloBytes.Vector16("a.example"u8), 0, .. HelloBytes.Vector16("b.example"u8)];
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.With(HelloBytes.Extension(0, HelloBytes.Vector16(both)))));
    }

    [Fact]
    public void Two_host_names_are_malformed_even_if_the_first_is_invalid()
    {
        byte[] both = [0, .. HelloBytes.Vector16("192.0.2.1"u8), 0, .. HelloBytes.Vector16("b.example"u8)];
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.With(HelloBytes.Extension(0, HelloBytes.Vector16(both)))));
    }

    [Fact]
    public void An_extension_that_comes_twice_is_malformed()
    {
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.With(Name, Name)));
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.With(HelloBytes.Extension(99, []), Name, HelloBytes.Extension(99, []))));
    }

    [Theory]
    [InlineData(0, "")] // server_name: no list
    [InlineData(0, "0000")] // an empty list
    [InlineData(0, "000300000161")] // the list ends inside the name
    [InlineData(0, "000400000161ff")] // a byte after the list
    [InlineData(16, "")] // ALPN: no list
    [InlineData(16, "0000")]
    [InlineData(16, "000100")] // an empty protocol name
    [InlineData(16, "0003026832ff")] // a byte after the list
    [InlineData(16, "0003036832")] // a name longer than the list
    [InlineData(43, "")] // supported_versions: no list
    [InlineData(43, "00")]
    [InlineData(43, "03030403")] // an odd list
    [InlineData(43, "020304ff")] // a byte after the list
    public void A_broken_extension_is_malformed(ushort type, string data) =>
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.With(HelloBytes.Extension(type, Convert.FromHexString(data)))));

    [Fact]
    public void The_same_extensions_unbroken_are_read()
    {
        var hello = HelloOf(HelloBytes.With(
            HelloBytes.Extension(0, Convert.FromHexString("000400000161")),
            HelloBytes.Extension(16, Convert.FromHexString("0003026832")),
            HelloBytes.Extension(43, Convert.FromHexString("020304"))));
        Assert.Equal("a", hello.ServerName);
        Assert.Equal(["h2"], hello.Alpn.ToArray());
        Assert.Equal(TlsVersions.Tls13, hello.SupportedVersions);
    }

    [Fact]
    public void Bytes_between_the_extensions_and_the_end_of_the_hello_are_malformed() =>
        Assert.Equal(HelloStatus.Malformed, StatusOf(HelloBytes.Record(HelloBytes.Message([.. HelloBytes.Vector16(Name), 0]))));

    [Theory]
    [InlineData(0x0303, 0, 2, 1)]
    [InlineData(0x0301, 32, 4, 2)]
    [InlineData(0x03ff, 32, 4, 1)]
    public void Fields_within_their_lengths_are_read(int version, int sessionId, int suites, int compression)
    {
        var hello = HelloOf(HelloBytes.Record(HelloBytes.Message(HelloBytes.Vector16(Name), version, sessionId, suites, compression)));
        Assert.Equal(version, hello.LegacyVersion);
    }

    [Theory]
    [InlineData(0x0203, 32, 4, 1)] // another major version
    [InlineData(0x0303, 33, 4, 1)] // a session id longer than 32
    [InlineData(0x0303, 32, 3, 1)] // an odd list of suites
    [InlineData(0x0303, 32, 0, 1)] // no suites
    [InlineData(0x0303, 32, 4, 0)] // no compression method
    public void A_broken_field_is_malformed(int version, int sessionId, int suites, int compression) =>
        Assert.Equal(
            HelloStatus.Malformed,
            StatusOf(HelloBytes.Record(HelloBytes.Message(HelloBytes.Vector16(Name), version, sessionId, suites, compression))));

    [Fact]
    public void The_challenge_of_acme_is_seen()
    {
        var hello = HelloOf(HelloBytes.With(Name, HelloBytes.Alpn("acme-tls/1")));
        Assert.True(hello.Alpn.Contains("acme-tls/1"u8));
        Assert.Equal(["acme-tls/1"], hello.Alpn.ToArray());
    }
}
