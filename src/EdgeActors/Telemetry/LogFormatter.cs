using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;
using static EdgeActors.Telemetry.LogField;

namespace EdgeActors.Telemetry;

/// <summary>A field name in both formats, encoded once.</summary>
internal sealed class LogField(string name)
{
    public static readonly LogField
        Id = new("id"), Listener = new("listener"), Sni = new("sni"), Ech = new("ech"), Backend = new("backend"), UniqueId = new("unique_id"),
        PeekMs = new("peek_ms"), WaitMs = new("wait_ms"), ConnectMs = new("connect_ms"), JoinedMs = new("joined_ms"), Retries = new("retries"),
        TotalMs = new("total_ms"), Up = new("up"), Down = new("down"), Ts = new("ts"), Reason = new("reason"),
        Ac = new("ac"), Fc = new("fc"), Bc = new("bc"), Sc = new("sc"), Bq = new("bq"), Ja4 = new("ja4"),
        InKernel = new("in_kernel"), Added = new("added"), Removed = new("removed");

    /// <summary>With a leading space and a trailing equals sign.</summary>
    public byte[] Text { get; } = Encoding.UTF8.GetBytes($" {name}=");

    public JsonEncodedText Json { get; } = JsonEncodedText.Encode(name);
}

/// <summary>Formats entries as lines: selects and orders the fields. Subclasses define the syntax.</summary>
internal abstract class LogFormatter(LineBuffer lines, TimeProvider time)
{
    protected static readonly (TlsVersions Version, string Name)[] TlsNames =
        [(TlsVersions.Tls13, "1.3"), (TlsVersions.Tls12, "1.2"), (TlsVersions.Tls11, "1.1"), (TlsVersions.Tls10, "1.0"), (TlsVersions.Ssl30, "ssl3")];

    private readonly byte[] _time = new byte["yyyy-MM-ddTHH:mm:ss.fffZ".Length];
    private long _second = -1;

    protected LineBuffer Lines { get; } = lines;

    public static LogFormatter For(LogFormat format, LineBuffer lines, TimeProvider time) =>
        format == LogFormat.Json ? new JsonLineFormatter(lines, time) : new LogLineFormatter(lines, time);

    public void Append(in LogEntry entry)
    {
        Begin(entry.When);
        if (entry.Record is { } record)
            Append(entry, record);
        else if (entry.Kernel is { } kernel)
            Append(kernel);
        else
            Message(entry);
        EndLine();
    }

    /// <summary>The summary line of unlogged drops.</summary>
    /// <param name="byReason">Connections by <see cref="CloseReason"/>.</param>
    public void AppendDrops(DateTimeOffset when, ReadOnlySpan<long> byReason)
    {
        Begin(when);
        var sum = 0L;
        foreach (var count in byReason)
            sum += count;
        Drops(sum, byReason);
        EndLine();
    }

    protected abstract void Begin(DateTimeOffset when);

    protected abstract void EndLine();

    protected abstract void Message(in LogEntry entry);

    protected abstract void Drops(long sum, ReadOnlySpan<long> byReason);

    protected abstract void Step(string name);

    protected abstract void Number(LogField field, long value);

    /// <param name="value">-1: unknown.</param>
    protected abstract void Milliseconds(LogField field, long value);

    /// <param name="value">Null: unknown.</param>
    protected abstract void Text(LogField field, string? value);

    /// <summary>Written only if true.</summary>
    protected abstract void Flag(LogField field);

    protected abstract void Client(IPEndPoint client);

    protected abstract void Server(string? backend, string? server);

    protected abstract void Id(LogField field, long connection);

    protected abstract void Offers(HelloFacts hello);

    /// <summary>RFC 3339, valid until the next call. The text up to the second is cached.</summary>
    protected ReadOnlySpan<byte> Time(DateTimeOffset when)
    {
        var utc = when.UtcDateTime;
        var second = utc.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            utc.TryFormat(_time, out _, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            _second = second;
        }
        var millisecond = utc.Millisecond;
        _time[^4] = (byte)('0' + millisecond / 100);
        _time[^3] = (byte)('0' + millisecond / 10 % 10);
        _time[^2] = (byte)('0' + millisecond % 10);
        return _time;
    }

    private void Append(KernelDropsLine kernel)
    {
        Step("DROPS");
        Text(Listener, kernel.Listener);
        Number(InKernel, kernel.Dropped);
        Text(Added, kernel.Added);
        Text(Removed, kernel.Removed);
    }

    private void Append(in LogEntry entry, ConnectionRecord record)
    {
        var isClose = entry.Kind == LogKind.Close;
        // The step names of the reference's log.
        Step(entry.Kind switch { LogKind.Accept => "ACCEPT", LogKind.Request => "TCP-REQ-CONT", LogKind.Connect => "CONNECT", _ => "CLOSE" });
        Number(LogField.Id, record.Link.Id);
        Text(Listener, record.Listener);
        Client(record.Link.Client);
        if (entry.Kind == LogKind.Accept)
            return;
        Text(Sni, record.ServerName ?? record.InvalidName);
        if (record.HasEch)
            Flag(Ech);
        if (entry.Kind == LogKind.Request)
        {
            Text(Backend, record.Backend);
            Since(PeekMs, record, record.PeekedAt);
        }
        else
        {
            Server(record.Backend, record.Server);
            if (record.HasUniqueId)
                Id(UniqueId, record.Link.Id);
            var joined = record.Link.Counters.JoinedAt;
            Since(PeekMs, record, record.PeekedAt);
            Since(WaitMs, record, record.DialledAt);
            Milliseconds(ConnectMs, Between(record.DialledAt, joined));
            Since(JoinedMs, record, joined);
            Number(Retries, record.Retries);
        }
        if (isClose)
            End(record, entry.Counts);
        // Dropped connections have no request line, so the close line carries these fields.
        if (record.Hello is { } hello && (entry.Kind == LogKind.Request || (isClose && record.Reason.IsDrop())))
        {
            Offers(hello);
            Text(LogField.Ja4, hello.Ja4);
        }
    }

    private void End(ConnectionRecord record, in ConnectionCounts counts)
    {
        var facts = record.Reason.Facts();
        var counters = record.Link.Counters;
        Since(TotalMs, record, counters.EndedAt);
        Number(Up, counters.BytesUp);
        Number(Down, counters.BytesDown);
        Text(Ts, facts.State);
        Text(Reason, facts.Label);
        Number(Ac, counts.Process);
        Number(Fc, counts.Listener);
        Number(Bc, counts.Backend);
        Number(Sc, counts.Server);
        Number(Bq, counts.Ahead);
    }

    private void Since(LogField field, ConnectionRecord record, long timestamp) => Milliseconds(field, Between(record.Link.AcceptedAt, timestamp));

    /// <summary>Milliseconds between two timestamps; -1 if one is 0. May be slightly off, since reactors read the clock once per
    /// turn.</summary>
    private long Between(long from, long to) =>
        from == 0 || to == 0 ? -1 : Math.Max(0, (long)time.GetElapsedTime(from, to).TotalMilliseconds);
}

/// <summary>A reusable output buffer of lines. Not thread-safe.</summary>
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
        // Everything but free text is ASCII, which is faster to write.
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
