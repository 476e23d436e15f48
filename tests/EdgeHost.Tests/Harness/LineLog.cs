using System.Text;

namespace EdgeHost.Tests.Harness;

/// <summary>Lines of text as a program writes them, kept for whoever looks for one.</summary>
internal sealed class LineLog : Stream
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<byte> _rest = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public string Text => string.Join('\n', Lines);

    public int Count(string part)
    {
        lock (_lock)
            return _lines.Count(line => line.Contains(part, StringComparison.Ordinal));
    }

    public void Add(string line)
    {
        lock (_lock)
            _lines.Add(line);
    }

    public Task<string> WaitFor(string part) => WaitFor(line => line.Contains(part, StringComparison.Ordinal), part);

    public Task<string> WaitFor(Func<string, bool> wanted, string what) =>
        Eventually.Get(() => Lines.FirstOrDefault(wanted), () => $"no line with '{what}' in:\n{Text}\n");

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            foreach (var one in buffer)
            {
                if (one != '\n')
                {
                    _rest.Add(one);
                    continue;
                }
                _lines.Add(Encoding.UTF8.GetString([.. _rest]));
                _rest.Clear();
            }
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
