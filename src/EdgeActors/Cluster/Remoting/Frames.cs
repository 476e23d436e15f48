using System.Buffers;
using System.Buffers.Binary;

namespace EdgeActors.Cluster.Remoting;

internal enum FrameStatus
{
    Complete,

    /// <summary>More bytes are needed.</summary>
    Partial,

    /// <summary>Longer than allowed, or empty: the peer speaks something else.</summary>
    Wrong,
}

/// <summary>
/// Messages in a stream of bytes, as Akka's own transport has them. Pure.
/// <code>
/// +--------+--------+--------+--------+-- - - - --+
/// |   length of the payload, > 0, LE  |  payload  |
/// +--------+--------+--------+--------+-- - - - --+
/// </code>
/// </summary>
internal static class Frames
{
    public const int HeaderLength = sizeof(uint);

    /// <summary>Takes one frame off the front.</summary>
    /// <param name="max">Bytes of its payload.</param>
    /// <param name="payload">A copy of it; empty unless complete.</param>
    public static FrameStatus TryRead(ref ReadOnlySequence<byte> bytes, int max, out byte[] payload)
    {
        payload = [];
        if (bytes.Length < HeaderLength)
            return FrameStatus.Partial;
        Span<byte> header = stackalloc byte[HeaderLength];
        bytes.Slice(0, HeaderLength).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        // Before waiting for it: what will not be taken is not to be gathered either.
        if (length == 0 || length > max)
            return FrameStatus.Wrong;
        if (bytes.Length - HeaderLength < length)
            return FrameStatus.Partial;
        payload = new byte[length];
        bytes.Slice(HeaderLength, length).CopyTo(payload);
        bytes = bytes.Slice(HeaderLength + length);
        return FrameStatus.Complete;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(output.GetSpan(HeaderLength), (uint)payload.Length);
        output.Advance(HeaderLength);
        output.Write(payload);
    }
}
