using System.Buffers;
using EdgeActors.Cluster.Remoting;

namespace EdgeActors.Tests.Cluster.Remoting;

public class FramesSpecs
{
    private const int Max = 10;

    private static byte[] Frame(int length)
    {
        var output = new ArrayBufferWriter<byte>();
        Frames.Write(output, Enumerable.Range(1, length).Select(static i => (byte)i).ToArray());
        return output.WrittenSpan.ToArray();
    }

    private static FrameStatus Read(byte[] bytes, out byte[] payload, out long left)
    {
        var sequence = new ReadOnlySequence<byte>(bytes);
        var status = Frames.TryRead(ref sequence, Max, out payload);
        left = sequence.Length;
        return status;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Max)]
    public void A_frame_up_to_the_limit_comes_back_and_what_follows_stays(int length)
    {
        Assert.Equal(FrameStatus.Complete, Read([.. Frame(length), 7, 7], out var payload, out var left));
        Assert.Equal(Enumerable.Range(1, length).Select(static i => (byte)i), payload);
        Assert.Equal(2, left);
    }

    [Fact]
    public void One_more_byte_is_wrong_before_it_is_there() => Assert.Equal(FrameStatus.Wrong, Read(Frame(Max + 1)[..Frames.HeaderLength], out _, out _));

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0xff, 0xff, 0xff, 0xff)]
    [InlineData(0x80, 0, 0, 0)]
    public void An_empty_one_or_an_endless_one_is_wrong(byte a, byte b, byte c, byte d) => Assert.Equal(FrameStatus.Wrong, Read([a, b, c, d, 1], out _, out _));

    [Fact]
    public void Cut_at_any_byte_it_waits_for_the_rest_and_takes_nothing()
    {
        var frame = Frame(Max);
        for (var cut = 0; cut < frame.Length; cut++)
        {
            Assert.Equal(FrameStatus.Partial, Read(frame[..cut], out var payload, out var left));
            Assert.Empty(payload);
            Assert.Equal(cut, left);
        }
    }
}
