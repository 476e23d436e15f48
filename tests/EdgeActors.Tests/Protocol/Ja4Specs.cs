using System.Globalization;
using System.Text;
using EdgeActors.Protocol;

namespace EdgeActors.Tests.Protocol;

/// <summary>
/// Against FoxIO's technical_details/JA4.md: its examples, and recorded hellos. The fingerprints expected of those are not this code's:
/// they were made by a Python script written from that text alone, which also gives 149 of the 150 fingerprints that FoxIO publishes of its
/// recorded traffic, and of the last one what the text says ("bd" for the ALPN name of bytes that are no letters) and FoxIO's Python does
/// not ("99").
/// </summary>
public class Ja4Specs
{
    private const string Suites = "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035";
    private const string Extensions = "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015";
    private const string Signatures = "0403,0804,0401,0503,0805,0501,0806,0601";

    [Theory]
    [InlineData("chromium156-1.bin", "t13d1517h2_8daaf6152771_cb7bf5808d99")]
    [InlineData("curl-h2.bin", "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6")]
    [InlineData("dotnet10-sslstream.bin", "t13d1212h2_a538d02d76d5_f6eeaf393d2e")]
    [InlineData("erlang25.bin", "t13d490600_fb133944d0cd_188bc74aacc5")]
    [InlineData("gnutls-cli.bin", "t13d291300_723694b0fccc_2cc26d266019")]
    [InlineData("go119.bin", "t13d1910h2_9dc949149365_97f8aa674fd9")]
    [InlineData("java17-httpclient.bin", "t13d3713h2_db35923f8641_7c76daad20ec")]
    [InlineData("node20.bin", "t13d591000_a33745022dd6_1f22a2ca17c4")]
    [InlineData("openssl30-multirecord.bin", "t13d3111px_e8f1e7e78f70_1f22a2ca17c4")]
    [InlineData("openssl30.bin", "t13d311000_e8f1e7e78f70_1f22a2ca17c4")]
    [InlineData("python311.bin", "t13d181100_85036bcba153_d41ae481755e")]
    [InlineData("synth-records1.bin", "t13d311000_e8f1e7e78f70_1f22a2ca17c4")]
    public void Recorded_hellos(string file, string expected) =>
        Assert.Equal(expected, Ja4.Of(HelloBytes.MessageOf(HelloBytes.Recorded(file))));

    [Fact]
    public void The_example_of_the_specification() => Assert.Equal(
        "t13d1516h2_8daaf6152771_e5627efa2ab1", Ja4.Of(Hello(Suites, Extensions, Signatures)));

    [Fact]
    public void Order_and_grease_change_nothing_but_in_signature_algorithms()
    {
        const string Shuffled = "0015,2a2a,ff01,0000,000a,0010,001b,0033,4469,0017,002d,000d,0005,0023,0012,002b,000b,fafa";
        Assert.Equal(
            "t13d1516h2_8daaf6152771_e5627efa2ab1",
            Ja4.Of(Hello("0a0a,0035,002f," + Suites.Replace(",002f,0035", "", StringComparison.Ordinal), Shuffled, "1a1a," + Signatures)));
        Assert.NotEqual(
            "t13d1516h2_8daaf6152771_e5627efa2ab1",
            Ja4.Of(Hello(Suites, Extensions, "0804,0403,0401,0503,0805,0501,0806,0601")));
    }

    [Fact]
    public void Without_signature_algorithms_nothing_is_put_behind_the_extensions() => Assert.Equal(
        "t13d1516h2_8daaf6152771_6d807ffa2a79", Ja4.Of(Hello(Suites, Extensions, "")));

    [Theory]
    [InlineData("", "00")]
    [InlineData("78", "xx")]
    [InlineData("6832", "h2")]
    [InlineData("687474702f312e31", "h1")]
    [InlineData("ab", "ab")]
    [InlineData("20", "20")]
    [InlineData("abcd", "ad")]
    [InlineData("2061", "21")]
    [InlineData("30ab", "3b")]
    [InlineData("6120", "60")]
    [InlineData("3031abcd", "3d")]
    [InlineData("30abcd31", "01")]
    public void The_protocol_that_comes_first(string hex, string expected) => Assert.Equal(
        expected, Ja4.Of(Hello(Suites, "0010", "", protocol: Convert.FromHexString(hex)))![8..10]);

    [Theory]
    [InlineData("0304", "13")]
    [InlineData("0303,0304", "13")]
    [InlineData("fafa,0303", "12")]
    [InlineData("0302", "11")]
    [InlineData("0301", "10")]
    [InlineData("0300", "s3")]
    [InlineData("0002", "s2")]
    [InlineData("7f1c,0304", "00")]
    public void The_highest_version_of_the_extension(string versions, string expected) => Assert.Equal(
        expected, Ja4.Of(Hello(Suites, "002b", "", versions))![1..3]);

    [Fact]
    public void Nothing_is_hashed_as_zeros() => Assert.Equal(
        "t12i000000_000000000000_000000000000", Ja4.Of(Hello("", "", "", withExtensions: false)));

    [Fact]
    public void Only_a_name_and_a_protocol_are_nothing_to_hash() => Assert.Equal(
        "t12d0102h2_0f2cb44170f4_000000000000", Ja4.Of(Hello("1301", "0000,0010", "")));

    [Theory]
    [InlineData(99, "99")]
    [InlineData(100, "99")]
    [InlineData(Ja4.MaxListed, "99")]
    public void More_than_99_are_99(int suites, string expected) => Assert.Equal(
        expected, Ja4.Of(Hello(Many(suites), Extensions, Signatures))![4..6]);

    [Fact]
    public void More_than_any_client_has_make_none()
    {
        Assert.Null(Ja4.Of(Hello(Many(Ja4.MaxListed + 1), Extensions, Signatures)));
        Assert.NotNull(Ja4.Of(Hello(Suites, Extensions, Many(Ja4.MaxListed))));
        Assert.Null(Ja4.Of(Hello(Suites, Extensions, Many(Ja4.MaxListed + 1))));
    }

    [Fact]
    public void A_hello_that_is_cut_or_broken_anywhere_has_one_or_none()
    {
        foreach (var file in HelloBytes.RecordedNames())
        {
            var message = HelloBytes.MessageOf(HelloBytes.Recorded(file));
            for (var at = 0; at <= message.Length; at++)
            {
                Assert.True(Ja4.Of(message.AsSpan(0, at)) is null or { Length: 36 });
                if (at == message.Length)
                    continue;
                foreach (var value in (byte[])[0, 1, 0x7f, 0xff])
                {
                    var before = message[at];
                    message[at] = value;
                    Assert.True(Ja4.Of(message) is null or { Length: 36 });
                    message[at] = before;
                }
            }
        }
    }

    private static string Many(int count) =>
        string.Join(',', Enumerable.Range(0x100, count).Select(i => i.ToString("x4", CultureInfo.InvariantCulture)));

    /// <summary>A hello with these lists, each a number of hex with commas between. Of what is in an extension, only what counts is
    /// right.</summary>
    private static byte[] Hello(
        string suites, string extensions, string signatures, string versions = "0304", byte[]? protocol = null, bool withExtensions = true)
    {
        byte[] body = [3, 3, .. new byte[32], 0, .. HelloBytes.Vector16(Bytes(suites)), 1, 0];
        if (withExtensions)
        {
            body = [.. body, .. HelloBytes.Vector16([.. Bytes(extensions).Chunk(2).SelectMany(type => HelloBytes.Extension(
                (ushort)((type[0] << 8) | type[1]),
                (type[0], type[1]) switch
                {
                    (0, 0x0d) when signatures.Length > 0 => HelloBytes.Vector16(Bytes(signatures)),
                    (0, 0x10) => HelloBytes.Vector16(HelloBytes.Vector8(protocol ?? Encoding.ASCII.GetBytes("h2"))),
                    (0, 0x2b) => HelloBytes.Vector8(Bytes(versions)),
                    _ => [],
                }))])];
        }
        return [1, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    private static byte[] Bytes(string list) => Convert.FromHexString(list.Replace(",", "", StringComparison.Ordinal));
}
