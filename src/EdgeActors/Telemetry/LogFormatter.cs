using System.Globalization;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Peek;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>Turns entries into lines. What is the same in all formats is in here: names, times, versions.</summary>
internal abstract class LogFormatter(LineBuffer lines, TimeProvider time)
{
    protected static readonly (TlsVersions Version, string Name)[] TlsNames =
        [(TlsVersions.Tls13, "1.3"), (TlsVersions.Tls12, "1.2"), (TlsVersions.Tls11, "1.1"), (TlsVersions.Tls10, "1.0"), (TlsVersions.Ssl30, "ssl3")];

    private readonly byte[] _time = new byte["yyyy-MM-ddTHH:mm:ss.fffZ".Length];
    private long _second = -1;

    protected LineBuffer Lines { get; } = lines;

    public static LogFormatter For(LogFormat format, LineBuffer lines, TimeProvider time) =>
        format == LogFormat.Json ? new JsonLineFormatter(lines, time) : new LogLineFormatter(lines, time);

    public abstract void Append(in LogEntry entry);

    /// <summary>The line that stands for all those left out.</summary>
    /// <param name="byReason">How many connections, by <see cref="CloseReason"/>.</param>
    public abstract void AppendDrops(DateTimeOffset when, ReadOnlySpan<long> byReason);

    /// <summary>The name that the step has in every format: those of the reference's log.</summary>
    protected static string Name(LogKind step) => step switch
    {
        LogKind.Accept => "ACCEPT",
        LogKind.Request => "TCP-REQ-CONT",
        LogKind.Connect => "CONNECT",
        LogKind.Drops => "DROPS",
        _ => "CLOSE",
    };

    /// <summary>Who is dropped has no TCP-REQ-CONT, but is whom one wants to know about.</summary>
    protected static HelloFacts? HelloOf(in LogEntry entry) =>
        entry.Kind == LogKind.Request || (entry.Kind == LogKind.Close && entry.Record!.Reason.IsDrop()) ? entry.Record!.Hello : null;

    /// <summary>As RFC 3339 has it, valid until the next call. The second of many lines is the same; only the milliseconds are new with each.</summary>
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

    /// <summary>Milliseconds from <paramref name="from"/> to <paramref name="to"/>; -1 where one of the two is still 0. The transport reads the clock
    /// once a turn, so that what it has done may seem to be a little older than what led to it.</summary>
    protected long Between(long from, long to) =>
        from == 0 || to == 0 ? -1 : Math.Max(0, (long)time.GetElapsedTime(from, to).TotalMilliseconds);
}
