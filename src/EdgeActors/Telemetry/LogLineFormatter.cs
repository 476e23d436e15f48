using System.Globalization;
using System.Net.Sockets;
using System.Text;
using EdgeActors.Config;
using EdgeActors.Connection;

namespace EdgeActors.Telemetry;

/// <summary>
/// Log entries as lines of UTF-8: time, step, then <c>key=value</c>. Times in milliseconds; a step that was not reached has -1, as in
/// HAProxy's timers. Text that came from a client is a validated host name or an address, so it needs no escaping.
/// </summary>
internal sealed class LogLineFormatter(TimeProvider time)
{
    private const int FlushAt = 32 * 1024;

    private readonly StringBuilder _line = new(512);
    private byte[] _bytes = new byte[2 * FlushAt];
    private int _length;

    public bool Full => _length >= FlushAt;

    public ReadOnlyMemory<byte> Text => _bytes.AsMemory(0, _length);

    public void Clear() => _length = 0;

    public void Append(in LogEntry entry)
    {
        _line.Clear();
        _line.Append(CultureInfo.InvariantCulture, $"{entry.When.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} ");
        switch (entry.Kind)
        {
            case LogKind.Accept:
                Start("ACCEPT ", entry.Record!);
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
                _line.Append(Name(entry.Level)).Append(' ').Append(entry.Text);
                break;
        }
        _line.Append('\n');
        foreach (var chunk in _line.GetChunks())
            Encode(chunk.Span);
    }

    private void Start(string step, ConnectionRecord record)
    {
        _line.Append(CultureInfo.InvariantCulture, $"{step} id={record.Link.Id} listener={record.Listener} client=");
        // Address and port one by one: unlike an end point, they are written without a string of their own.
        var client = record.Link.Client;
        if (client.AddressFamily == AddressFamily.InterNetworkV6)
            _line.Append(CultureInfo.InvariantCulture, $"[{client.Address}]:{client.Port}");
        else
            _line.Append(CultureInfo.InvariantCulture, $"{client.Address}:{client.Port}");
    }

    private void Target(ConnectionRecord record) => _line.Append(
        CultureInfo.InvariantCulture,
        $" sni={record.ServerName ?? "-"} server={record.Backend ?? "-"}/{record.Server ?? "<NOSRV>"}");

    private void Times(ConnectionRecord record) => _line.Append(
        CultureInfo.InvariantCulture,
        $" peek_ms={Since(record, record.PeekedAt)} joined_ms={Since(record, record.Link.Counters.JoinedAt)} retries={record.Retries}");

    private void End(ConnectionRecord record)
    {
        var facts = record.Reason.Facts();
        var counters = record.Link.Counters;
        _line.Append(
            CultureInfo.InvariantCulture,
            $" total_ms={Since(record, counters.EndedAt)} up={counters.BytesUp} down={counters.BytesDown} ts={facts.State} reason={facts.Label}");
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

    private void Encode(ReadOnlySpan<char> text)
    {
        var needed = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_bytes.Length - _length < needed)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + needed));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }
}
