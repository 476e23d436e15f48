using System.Buffers.Binary;

namespace EdgeActors.Protocol;

/// <summary>Reads big-endian fields from a span with all bounds checks of the wire parsers: a read that does not fit returns false and
/// consumes nothing, and a cursor over an inner vector stops at that vector's end.</summary>
public ref struct SpanCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly int Length => _rest.Length;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public bool TryU8(out byte value)
    {
        var fits = TryTake(1, out var taken);
        value = fits ? taken[0] : (byte)0;
        return fits;
    }

    public bool TryU16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
            return false;
        _rest = _rest[2..];
        return true;
    }

    public bool TryTake(int count, out ReadOnlySpan<byte> taken)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            taken = default;
            return false;
        }

        taken = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    /// <summary>Reads at most <paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> TakeUpTo(int count)
    {
        _ = TryTake(Math.Clamp(count, 0, _rest.Length), out var taken);
        return taken;
    }

    public bool TrySkip(int count) => TryTake(count, out _);

    /// <summary>Reads a vector with a one-byte length: <c>opaque x&lt;..2^8-1&gt;</c>.</summary>
    public bool TryVector8(out SpanCursor inner) => TryVector(1, IsEmpty ? 0 : _rest[0], out inner);

    /// <summary>Reads a vector with a two-byte length: <c>opaque x&lt;..2^16-1&gt;</c>.</summary>
    public bool TryVector16(out SpanCursor inner) =>
        TryVector(2, BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var length) ? length : 0, out inner);

    private bool TryVector(int head, int length, out SpanCursor inner)
    {
        inner = default;
        if (head + length > _rest.Length)
            return false;
        inner = new SpanCursor(_rest.Slice(head, length));
        _rest = _rest[(head + length)..];
        return true;
    }
}
