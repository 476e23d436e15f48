using System.Buffers.Binary;

namespace EdgeActors.Protocol;

/// <summary>
/// Reads big-endian fields off a span, front to back. Every bounds check of the wire parsers is in here: a read that does not
/// fit returns false and moves nothing, and a cursor over an inner vector cannot see past that vector's end.
/// </summary>
public ref struct SpanCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Bytes left.</summary>
    public readonly int Length => _rest.Length;

    /// <summary>True when everything has been read.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>Reads one byte.</summary>
    public bool TryU8(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Reads two bytes.</summary>
    public bool TryU16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
            return false;
        _rest = _rest[2..];
        return true;
    }

    /// <summary>Reads three bytes, TLS's uint24.</summary>
    public bool TryU24(out int value)
    {
        if (_rest.Length < 3)
        {
            value = 0;
            return false;
        }

        value = (_rest[0] << 16) | (_rest[1] << 8) | _rest[2];
        _rest = _rest[3..];
        return true;
    }

    /// <summary>Reads <paramref name="count"/> bytes.</summary>
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

    /// <summary>Reads up to <paramref name="count"/> bytes, fewer where fewer are left.</summary>
    public ReadOnlySpan<byte> TakeUpTo(int count)
    {
        _ = TryTake(Math.Clamp(count, 0, _rest.Length), out var taken);
        return taken;
    }

    /// <summary>Passes over <paramref name="count"/> bytes.</summary>
    public bool TrySkip(int count) => TryTake(count, out _);

    /// <summary>Reads a vector with a one-byte length: <c>opaque x&lt;..2^8-1&gt;</c>.</summary>
    public bool TryVector8(out SpanCursor inner)
    {
        var before = _rest;
        if (TryU8(out var length) && TryTake(length, out var content))
        {
            inner = new SpanCursor(content);
            return true;
        }

        _rest = before;
        inner = default;
        return false;
    }

    /// <summary>Reads a vector with a two-byte length: <c>opaque x&lt;..2^16-1&gt;</c>.</summary>
    public bool TryVector16(out SpanCursor inner)
    {
        var before = _rest;
        if (TryU16(out var length) && TryTake(length, out var content))
        {
            inner = new SpanCursor(content);
            return true;
        }

        _rest = before;
        inner = default;
        return false;
    }
}
