using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Preface;

namespace EdgeActors.Telemetry;

/// <summary>
/// Log entries as lines of UTF-8: time, step, then <c>key=value</c>. Times in milliseconds; a step that was not reached has -1, as in
/// HAProxy's timers. Text that came from a client is a validated host name or an address, so it needs no escaping. Written as bytes at
/// once: three lines a connection, made by way of strings, would be a twentieth of what it costs.
/// </summary>
internal sealed class LogLineFormatter(TimeProvider time)
{
    private const int FlushAt = 32 * 1024;

    /// <summary>More than any piece of a line but free text: names are at most 255 bytes.</summary>
    private const int MaxPiece = 1024;

    private readonly byte[] _second = new byte["yyyy-MM-ddTHH:mm:ss.".Length];
    private byte[] _bytes = new byte[2 * FlushAt];
    private int _length;
    private long _secondOf = -1;

    public bool Full => _length >= FlushAt;

    public ReadOnlyMemory<byte> Text => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Append(in LogEntry entry)
    {
        Time(entry.When.UtcDateTime);
        switch (entry.Kind)
        {
            case LogKind.Accept:
                Start("ACCEPT ", entry.Record!);
                break;
            case LogKind.Request:
                // HAProxy's name for the step; its log tools look for it.
                Start("TCP-REQ-CONT", entry.Record!);
                Passed(entry.Record!);
                break;
            case LogKind.Connect:
                Start("CONNECT", entry.Record!);
                Target(entry.Record!);
                Times(entry.Record!);
                break;
            case LogKind.Close:
                Start("CLOSE  ", entry.Record!);
                Target(entry.Record!);
                Times(entry.Record!);
                End(entry.Record!);
                break;
            default:
                Write(Name(entry.Level));
                Write(" ");
                Write(entry.Text);
                break;
        }
        Write("\n");
    }

    /// <summary>The date of many lines is the same; only the milliseconds are new with each.</summary>
    private void Time(DateTime when)
    {
        var second = when.Ticks / TimeSpan.TicksPerSecond;
        if (second != _secondOf)
        {
            when.TryFormat(_second, out _, "yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture);
            _secondOf = second;
        }
        _second.CopyTo(Room(_second.Length));
        _length += _second.Length;
        Utf8.TryWrite(Room(MaxPiece), CultureInfo.InvariantCulture, $"{when.Millisecond:D3}Z ", out var written);
        _length += written;
    }

    private void Start(string step, ConnectionRecord record)
    {
        var client = record.Link.Client;
        var (open, close) = client.AddressFamily == AddressFamily.InterNetworkV6 ? ("[", "]") : ("", "");
        // Address and port one by one: unlike an end point, they are written without a string of their own.
        Utf8.TryWrite(
            Room(MaxPiece),
            CultureInfo.InvariantCulture,
            $"{step} id={record.Link.Id} listener={record.Listener} client={open}{client.Address}{close}:{client.Port}",
            out var written);
        _length += written;
    }

    private void Passed(ConnectionRecord record)
    {
        Utf8.TryWrite(
            Room(MaxPiece),
            CultureInfo.InvariantCulture,
            $" sni={record.ServerName ?? "-"}{(record.HasEch ? " ech=1" : "")} backend={record.Backend ?? "-"} peek_ms={Since(record, record.PeekedAt)}",
            out var written);
        _length += written;
    }

    private void Target(ConnectionRecord record)
    {
        Utf8.TryWrite(
            Room(MaxPiece),
            CultureInfo.InvariantCulture,
            $" sni={record.ServerName ?? "-"}{(record.HasEch ? " ech=1" : "")} server={record.Backend ?? "-"}/{record.Server ?? "<NOSRV>"}",
            out var written);
        _length += written;
        if (!record.HasUniqueId)
            return;
        Write(" unique_id=");
        _length += ConnectionUniqueId.Write(Room(ConnectionUniqueId.MaxLength), record.Link.Id);
    }

    private void Times(ConnectionRecord record)
    {
        Utf8.TryWrite(
            Room(MaxPiece),
            CultureInfo.InvariantCulture,
            $" peek_ms={Since(record, record.PeekedAt)} joined_ms={Since(record, record.Link.Counters.JoinedAt)} retries={record.Retries}",
            out var written);
        _length += written;
    }

    private void End(ConnectionRecord record)
    {
        var facts = record.Reason.Facts();
        var counters = record.Link.Counters;
        Utf8.TryWrite(
            Room(MaxPiece),
            CultureInfo.InvariantCulture,
            $" total_ms={Since(record, counters.EndedAt)} up={counters.BytesUp} down={counters.BytesDown} ts={facts.State} reason={facts.Label}",
            out var written);
        _length += written;
    }

    private long Since(ConnectionRecord record, long timestamp) =>
        timestamp == 0 ? -1 : (long)time.GetElapsedTime(record.Link.AcceptedAt, timestamp).TotalMilliseconds;

    private static string Name(LogThreshold level) => level switch
    {
        LogThreshold.Debug => "DEBUG  ",
        LogThreshold.Info => "INFO   ",
        LogThreshold.Warning => "WARNING",
        _ => "ERROR  ",
    };

    private void Write(string? text) => _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0)));

    private Span<byte> Room(int needed)
    {
        if (_bytes.Length - _length < needed)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + needed));
        return _bytes.AsSpan(_length);
    }
}
