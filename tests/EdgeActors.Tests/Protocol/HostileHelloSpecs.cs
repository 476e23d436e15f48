using EdgeActors.Protocol;
using EdgeActors.Settings;
using FsCheck;
using FsCheck.Fluent;
using static EdgeActors.Protocol.ClientHelloReader;

namespace EdgeActors.Tests.Protocol;

/// <summary>Whatever comes, the reader answers, and an answer once given stays.</summary>
public class HostileHelloSpecs
{
    [Theory]
    [InlineData("openssl30.bin")]
    [InlineData("go119.bin")]
    public void Any_single_byte_changed_to_anything_is_answered(string file)
    {
        var bytes = HelloBytes.Recorded(file);
        for (var at = 0; at < bytes.Length; at++)
        {
            var original = bytes[at];
            for (var value = 0; value < 256; value++)
            {
                bytes[at] = (byte)value;
                AnswersConsistently(bytes);
            }

            bytes[at] = original;
        }
    }

    [Fact]
    public void Any_single_byte_changed_in_a_hello_of_many_records_is_answered()
    {
        var bytes = HelloBytes.InRecordsOf(7, HelloBytes.MessageOf(HelloBytes.Recorded("openssl30.bin")));
        for (var at = 0; at < bytes.Length; at++)
        {
            var original = bytes[at];
            foreach (var value in (byte[])[0, 1, 0x15, 0x16, 0x7f, 0xff, (byte)(original + 1), (byte)(original - 1)])
            {
                bytes[at] = value;
                AnswersConsistently(bytes);
            }

            bytes[at] = original;
        }
    }

    [Fact]
    public void Random_bytes_are_answered() =>
        Prop.ForAll<byte[]>(bytes => AnswersConsistently(bytes)).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Random_bytes_behind_a_record_header_are_answered() =>
        Prop.ForAll<byte[]>(bytes => AnswersConsistently(HelloBytes.Record([1, 0, 0, (byte)Math.Max(0, bytes.Length - 1), .. bytes])))
            .Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Random_extensions_are_answered() =>
        Prop.ForAll<byte[], ushort>((data, type) => AnswersConsistently(HelloBytes.With(HelloBytes.Extension((ushort)(type % 64), data))))
            .Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void An_answer_stays_whatever_follows()
    {
        var decided = Gen.Elements(HelloBytes.RecordedNames().ToArray()).Select(HelloBytes.Recorded).SelectMany(
            bytes => Gen.Choose(0, bytes.Length - 1),
            (bytes, at) => (Bytes: bytes, At: at)).SelectMany(
            pick => Gen.Choose(0, 255),
            (pick, value) => { pick.Bytes[pick.At] = (byte)value; return pick.Bytes; });

        Prop.ForAll(decided.ToArbitrary(), bytes =>
        {
            var first = HelloStatus.Incomplete;
            for (var length = 0; length <= bytes.Length; length++)
            {
                var status = Read(bytes.AsSpan(0, length), DefaultMaxHello, out _);
                if (first == HelloStatus.Incomplete)
                    first = status;
                Assert.Equal(first, status);
            }
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    private static void AnswersConsistently(byte[] bytes)
    {
        var status = Read(bytes, DefaultMaxHello, out var hello);
        Assert.True(Enum.IsDefined(status));
        Assert.Equal(status == HelloStatus.Complete, hello is not null);
        if (hello is null)
            return;
        Assert.InRange(hello.WireLength, 1, bytes.Length);
        Assert.Equal(hello.Sni == SniState.Present, hello.ServerName is not null);
        if (hello.ServerName is not null)
            Assert.True(ServerName.TryNormalize(hello.ServerName, out var again) && again == hello.ServerName);
        foreach (var protocol in hello.Alpn)
            Assert.False(protocol.IsEmpty);
    }
}
