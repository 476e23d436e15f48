using System.Net.Sockets;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Peek;
using EdgeActors.Preface;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>
/// Log entries as lines of UTF-8: time, step, then <c>key=value</c>. Times in milliseconds; a step that was not reached has -1, as in
/// HAProxy's timers. Text that came from a client is a validated host name, an address, or escaped. Written as bytes at
/// once, piece by piece: the lines of a connection, made by way of strings, would be a twentieth of what it costs.
/// </summary>
internal sealed class LogLineFormatter(LineBuffer lines, TimeProvider time) : LogFormatter(lines, time)
{
    private const int MaxAddress = 64;

    /// <summary>Wide enough for all of them but the longest, so that what follows stands in columns.</summary>
    private const int StepWidth = 7;

    public override void Append(in LogEntry entry)
    {
        Lines.Write(Time(entry.When));
        if (entry.Record is { } record)
            Append(entry, record);
        else
            Append(entry.Level, entry.Source, entry.Text);
        Lines.EndLine();
    }

    public override void AppendDrops(DateTimeOffset when, ReadOnlySpan<long> byReason)
    {
        var sum = 0L;
        foreach (var count in byReason)
            sum += count;
        Lines.Write(Time(when));
        Field(" DROPS   left out "u8, sum);
        var next = ": ";
        for (var i = 0; i < byReason.Length; i++)
        {
            if (byReason[i] == 0)
                continue;
            Lines.Write(next);
            Lines.Write(((CloseReason)i).Facts().Label);
            Field(" "u8, byReason[i]);
            next = ", ";
        }
        Lines.EndLine();
    }

    private void Append(LogThreshold level, string? source, string? text)
    {
        Lines.Write(Name(level));
        if (source is not null)
        {
            Lines.Write("["u8);
            Lines.Write(source);
            Lines.Write("] "u8);
        }
        // One entry is one line, whatever an exception's text looks like.
        Lines.Write(text.AsSpan().ContainsAny('\r', '\n') ? text!.ReplaceLineEndings("\\n") : text);
    }

    private void Append(in LogEntry entry, ConnectionRecord record)
    {
        Start(Name(entry.Kind), record);
        switch (entry.Kind)
        {
            case LogKind.Request:
                Passed(record);
                break;
            case LogKind.Connect:
                Target(record);
                Times(record);
                break;
            case LogKind.Close:
                Target(record);
                Times(record);
                End(record, entry.Counts);
                break;
        }
        if (HelloOf(entry) is { } hello)
            Hello(hello);
    }

    private void Start(string step, ConnectionRecord record)
    {
        var client = record.Link.Client;
        var bracketed = client.AddressFamily == AddressFamily.InterNetworkV6;
        Lines.Write(" "u8);
        Lines.Write(step);
        for (var width = step.Length; width < StepWidth; width++)
            Lines.Write(" "u8);
        Field(" id="u8, record.Link.Id);
        Field(" listener="u8, record.Listener);
        Lines.Write(bracketed ? " client=["u8 : " client="u8);
        // Address and port one by one: unlike an end point, they are written without a string of their own.
        client.Address.TryFormat(Lines.GetSpan(MaxAddress), out var written);
        Lines.Advance(written);
        Field(bracketed ? "]:"u8 : ":"u8, client.Port);
    }

    private void ServerName(ConnectionRecord record)
    {
        Field(" sni="u8, record.ServerName ?? "-");
        if (record.HasEch)
            Lines.Write(" ech=1"u8);
    }

    private void Passed(ConnectionRecord record)
    {
        ServerName(record);
        Field(" backend="u8, record.Backend ?? "-");
        Field(" peek_ms="u8, Since(record, record.PeekedAt));
    }

    private void Target(ConnectionRecord record)
    {
        ServerName(record);
        Field(" server="u8, record.Backend ?? "-");
        Field("/"u8, record.Server ?? "<NOSRV>");
        if (!record.HasUniqueId)
            return;
        Lines.Write(" unique_id="u8);
        Lines.Advance(ConnectionUniqueId.Write(Lines.GetSpan(ConnectionUniqueId.MaxLength), record.Link.Id));
    }

    private void Times(ConnectionRecord record)
    {
        var joined = record.Link.Counters.JoinedAt;
        Field(" peek_ms="u8, Since(record, record.PeekedAt));
        Field(" wait_ms="u8, Since(record, record.DialledAt));
        Field(" connect_ms="u8, Between(record.DialledAt, joined));
        Field(" joined_ms="u8, Since(record, joined));
        Field(" retries="u8, record.Retries);
    }

    private void End(ConnectionRecord record, in ConnectionCounts counts)
    {
        var facts = record.Reason.Facts();
        var counters = record.Link.Counters;
        Field(" total_ms="u8, Since(record, counters.EndedAt));
        Field(" up="u8, counters.BytesUp);
        Field(" down="u8, counters.BytesDown);
        Field(" ts="u8, facts.State);
        Field(" reason="u8, facts.Label);
        Field(" ac="u8, counts.Process);
        Field(" fc="u8, counts.Listener);
        Field(" bc="u8, counts.Backend);
        Field(" sc="u8, counts.Server);
        Field(" bq="u8, counts.Ahead);
    }

    private void Hello(HelloFacts hello)
    {
        var next = " tls=";
        foreach (var (version, name) in TlsNames)
        {
            if ((hello.Versions & version) == 0)
                continue;
            Lines.Write(next);
            Lines.Write(name);
            next = ",";
        }
        Lines.Write(" alpn="u8);
        for (var i = 0; i < hello.Protocols.Count; i++)
        {
            if (i > 0)
                Lines.Write(","u8);
            Lines.Write(hello.Protocols[i]);
        }
        if (hello.Protocols.Count == 0)
            Lines.Write("-"u8);
        Lines.Write(" ja4="u8);
        Lines.Write(hello.Ja4 ?? "-");
    }

    private long Since(ConnectionRecord record, long timestamp) => Between(record.Link.AcceptedAt, timestamp);

    private static ReadOnlySpan<byte> Name(LogThreshold level) => level switch
    {
        LogThreshold.Debug => " DEBUG   "u8,
        LogThreshold.Info => " INFO    "u8,
        LogThreshold.Warning => " WARNING "u8,
        _ => " ERROR   "u8,
    };

    private void Field(ReadOnlySpan<byte> key, long value)
    {
        Lines.Write(key);
        Lines.Write(value);
    }

    private void Field(ReadOnlySpan<byte> key, string value)
    {
        Lines.Write(key);
        Lines.Write(value);
    }
}
