using System.Buffers;
using System.Globalization;
using System.Text;

namespace EdgeActors.Telemetry;

/// <summary>Lines of bytes on their way to the output: one buffer, used again and again. One thread at a time.</summary>
internal sealed class LineBuffer : IBufferWriter<byte>
{
    private const int FlushAt = 32 * 1024;
    private const int MaxNumber = 20;

    private byte[] _bytes = new byte[2 * FlushAt];
    private int _length;

    public bool Full => _length >= FlushAt;

    public ReadOnlyMemory<byte> Text => _bytes.AsMemory(0, _length);

    public int Lines { get; private set; }

    public void Clear() => _length = Lines = 0;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1))
            Grow(sizeHint);
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public void Advance(int count) => _length += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    public void Write(ReadOnlySpan<char> text)
    {
        var room = GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        // All but free text is ASCII, which is cheaper to write.
        if (Ascii.FromUtf16(text, room, out var written) != OperationStatus.Done)
            written = Encoding.UTF8.GetBytes(text, room);
        _length += written;
    }

    public void Write(long number)
    {
        number.TryFormat(GetSpan(MaxNumber), out var written, provider: CultureInfo.InvariantCulture);
        _length += written;
    }

    public void EndLine()
    {
        Write("\n"u8);
        Lines++;
    }

    private void Grow(int sizeHint) => Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + sizeHint));
}
