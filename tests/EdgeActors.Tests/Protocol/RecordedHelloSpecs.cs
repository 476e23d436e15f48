using EdgeActors.Protocol;
using EdgeActors.Settings;
using static EdgeActors.Protocol.ClientHelloReader;

namespace EdgeActors.Tests.Protocol;

/// <summary>First flights as real clients sent them, whole and in pieces.</summary>
public class RecordedHelloSpecs
{
    public static TheoryData<string> All => [.. HelloBytes.RecordedNames()];

    [Fact]
    public void There_is_a_recording_of_each_client() => Assert.Equal(12, All.Count);

    [Theory, MemberData(nameof(All))]
    public void A_whole_flight_names_the_server(string file)
    {
        var bytes = HelloBytes.Recorded(file);

        Assert.Equal(HelloStatus.Complete, Read(bytes, DefaultMaxHello, out var hello));
        Assert.Equal("demo.fiscalismia.com", hello!.ServerName);
        Assert.Equal(SniState.Present, hello.Sni);
        Assert.Equal(0x0303, hello.LegacyVersion);
        Assert.Equal(bytes.Length, hello.WireLength);
        Assert.True(hello.SupportedVersions.HasFlag(TlsVersions.Tls12 | TlsVersions.Tls13));
    }

    [Theory, MemberData(nameof(All))]
    public void Every_shorter_prefix_asks_for_more(string file)
    {
        var bytes = HelloBytes.Recorded(file);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(HelloStatus.Incomplete, Read(bytes.AsSpan(0, length), DefaultMaxHello, out var hello));
            Assert.Null(hello);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Two_records_cut_at_any_byte_say_the_same(string file)
    {
        var message = HelloBytes.MessageOf(HelloBytes.Recorded(file));
        for (var cut = 1; cut < message.Length; cut++)
        {
            var wire = HelloBytes.InTwoRecords(message, cut);
            Assert.Equal(HelloStatus.Complete, Read(wire, DefaultMaxHello, out var hello));
            Assert.Equal("demo.fiscalismia.com", hello!.ServerName);
            Assert.Equal(wire.Length, hello.WireLength);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Bytes_after_the_hello_are_left_alone(string file)
    {
        var bytes = HelloBytes.Recorded(file);
        byte[] earlyData = [.. bytes, 0x17, 3, 3, 0, 2, 0xca, 0xfe];

        Assert.Equal(HelloStatus.Complete, Read(earlyData, DefaultMaxHello, out var hello));
        Assert.Equal(bytes.Length, hello!.WireLength);
    }

    [Theory]
    [InlineData("chromium156-1.bin", "h2,http/1.1")]
    [InlineData("curl-h2.bin", "h2,http/1.1")]
    [InlineData("go119.bin", "h2,http/1.1")]
    [InlineData("openssl30.bin", "")]
    [InlineData("python311.bin", "")]
    public void The_offered_protocols_are_kept_in_order(string file, string expected)
    {
        Read(HelloBytes.Recorded(file), DefaultMaxHello, out var hello);
        Assert.Equal(expected, hello!.Alpn.ToString());
        Assert.Equal(expected.Length == 0, hello.Alpn.IsEmpty);
    }

    [Fact]
    public void A_list_of_sixty_protocols_over_four_records_is_kept_whole()
    {
        Read(HelloBytes.Recorded("openssl30-multirecord.bin"), DefaultMaxHello, out var hello);
        var names = hello!.Alpn.ToArray();
        Assert.Equal(60, names.Length);
        Assert.Equal("proto-000-xxxxxxxxxxxxxxxx", names[0]);
        Assert.Equal("proto-059-xxxxxxxxxxxxxxxx", names[59]);
        Assert.True(hello.Alpn.Contains("proto-031-xxxxxxxxxxxxxxxx"u8));
        Assert.False(hello.Alpn.Contains("proto-031"u8));
    }

    [Theory]
    [InlineData("node20.bin", TlsVersions.Tls12 | TlsVersions.Tls13)]
    [InlineData("chromium156-1.bin", TlsVersions.Tls12 | TlsVersions.Tls13)]
    [InlineData("curl-h2.bin", TlsVersions.Tls10 | TlsVersions.Tls11 | TlsVersions.Tls12 | TlsVersions.Tls13)]
    public void The_offered_versions_are_kept_without_grease(string file, TlsVersions expected)
    {
        Read(HelloBytes.Recorded(file), DefaultMaxHello, out var hello);
        Assert.Equal(expected, hello!.SupportedVersions);
    }

    [Theory]
    [InlineData("chromium156-1.bin", true)]
    [InlineData("curl-h2.bin", false)]
    public void An_encrypted_hello_is_noticed(string file, bool expected)
    {
        Read(HelloBytes.Recorded(file), DefaultMaxHello, out var hello);
        Assert.Equal(expected, hello!.HasEch);
    }

    [Theory]
    [InlineData("curl-h2.bin")]
    [InlineData("dotnet10-sslstream.bin")]
    public void An_ordinary_hello_costs_a_name_and_the_result(string file)
    {
        var bytes = HelloBytes.Recorded(file);
        Read(bytes, DefaultMaxHello, out _);

        const int rounds = 100;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++)
            Read(bytes, DefaultMaxHello, out _);
        var perHello = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;

        // 22 bytes of string overhead and 40 of characters, rounded up, and the ClientHello.
        Assert.InRange(perHello, 1, 128);
    }
}
