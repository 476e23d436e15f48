using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Peek;
using EdgeActors.Preface;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>
/// Log entries as one JSON object (RFC 8259) a line: the facts of <see cref="LogLineFormatter"/>, each in its own type. What is not known, or
/// a step that was not reached, is null. The writer and the names are made once, so a line costs no garbage.
/// </summary>
internal sealed class JsonLineFormatter : LogFormatter
{
    private const int MaxAddress = 64;

    private readonly Utf8JsonWriter _json;

    public JsonLineFormatter(LineBuffer lines, TimeProvider time) : base(lines, time) =>
        // Nobody puts a log line into a web page as it is; what is not ASCII stays legible.
        _json = new Utf8JsonWriter(lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public override void Append(in LogEntry entry)
    {
        Begin(entry.When);
        if (entry.Record is { } record)
            Append(entry, record);
        else
            Append(entry.Level, entry.Source, entry.Text);
        EndLine();
    }

    public override void AppendDrops(DateTimeOffset when, ReadOnlySpan<long> byReason)
    {
        Begin(when);
        _json.WriteString(Key.Step, Name(LogKind.Drops));
        var sum = 0L;
        foreach (var count in byReason)
            sum += count;
        _json.WriteNumber(Key.LeftOut, sum);
        _json.WriteStartObject(Key.Reasons);
        for (var i = 0; i < byReason.Length; i++)
        {
            if (byReason[i] > 0)
                _json.WriteNumber(((CloseReason)i).Facts().Label, byReason[i]);
        }
        _json.WriteEndObject();
        EndLine();
    }

    private void Begin(DateTimeOffset when)
    {
        _json.WriteStartObject();
        _json.WriteString(Key.Time, Time(when));
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        Lines.EndLine();
    }

    private void Append(LogThreshold level, string? source, string? text)
    {
        _json.WriteString(Key.Level, level switch
        {
            LogThreshold.Debug => "debug",
            LogThreshold.Info => "info",
            LogThreshold.Warning => "warning",
            _ => "error",
        });
        if (source is not null)
            _json.WriteString(Key.Source, source);
        _json.WriteString(Key.Message, text);
    }

    private void Append(in LogEntry entry, ConnectionRecord record)
    {
        Start(Name(entry.Kind), record);
        switch (entry.Kind)
        {
            case LogKind.Request:
                ServerName(record);
                _json.WriteString(Key.Backend, record.Backend);
                Since(Key.PeekMs, record, record.PeekedAt);
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
        _json.WriteString(Key.Step, step);
        _json.WriteNumber(Key.Id, record.Link.Id);
        _json.WriteString(Key.Listener, record.Listener);
        Span<byte> address = stackalloc byte[MaxAddress];
        record.Link.Client.Address.TryFormat(address, out var written);
        _json.WriteString(Key.ClientIp, address[..written]);
        _json.WriteNumber(Key.ClientPort, record.Link.Client.Port);
    }

    private void ServerName(ConnectionRecord record)
    {
        _json.WriteString(Key.Sni, record.ServerName);
        if (record.HasEch)
            _json.WriteBoolean(Key.Ech, true);
    }

    private void Target(ConnectionRecord record)
    {
        ServerName(record);
        _json.WriteString(Key.Backend, record.Backend);
        _json.WriteString(Key.Server, record.Server);
        if (!record.HasUniqueId)
            return;
        Span<byte> id = stackalloc byte[ConnectionUniqueId.MaxLength];
        _json.WriteString(Key.UniqueId, id[..ConnectionUniqueId.Write(id, record.Link.Id)]);
    }

    private void Times(ConnectionRecord record)
    {
        var joined = record.Link.Counters.JoinedAt;
        Since(Key.PeekMs, record, record.PeekedAt);
        Since(Key.WaitMs, record, record.DialledAt);
        Number(Key.ConnectMs, Between(record.DialledAt, joined));
        Since(Key.JoinedMs, record, joined);
        _json.WriteNumber(Key.Retries, record.Retries);
    }

    private void End(ConnectionRecord record, in ConnectionCounts counts)
    {
        var facts = record.Reason.Facts();
        var counters = record.Link.Counters;
        Since(Key.TotalMs, record, counters.EndedAt);
        _json.WriteNumber(Key.Up, counters.BytesUp);
        _json.WriteNumber(Key.Down, counters.BytesDown);
        _json.WriteString(Key.Ts, facts.State);
        _json.WriteString(Key.Reason, facts.Label);
        _json.WriteNumber(Key.Ac, counts.Process);
        _json.WriteNumber(Key.Fc, counts.Listener);
        _json.WriteNumber(Key.Bc, counts.Backend);
        _json.WriteNumber(Key.Sc, counts.Server);
        _json.WriteNumber(Key.Bq, counts.Ahead);
    }

    private void Hello(HelloFacts hello)
    {
        _json.WriteStartArray(Key.Tls);
        foreach (var (version, name) in TlsNames)
        {
            if ((hello.Versions & version) != 0)
                _json.WriteStringValue(name);
        }
        _json.WriteEndArray();
        _json.WriteStartArray(Key.Alpn);
        for (var i = 0; i < hello.Protocols.Count; i++)
            _json.WriteStringValue(hello.Protocols[i]);
        _json.WriteEndArray();
        _json.WriteString(Key.Ja4, hello.Ja4);
    }

    private void Since(JsonEncodedText key, ConnectionRecord record, long timestamp) => Number(key, Between(record.Link.AcceptedAt, timestamp));

    private void Number(JsonEncodedText key, long milliseconds)
    {
        if (milliseconds < 0)
            _json.WriteNull(key);
        else
            _json.WriteNumber(key, milliseconds);
    }

    private static class Key
    {
        public static readonly JsonEncodedText Time = JsonEncodedText.Encode("time");
        public static readonly JsonEncodedText Step = JsonEncodedText.Encode("step");
        public static readonly JsonEncodedText Level = JsonEncodedText.Encode("level");
        public static readonly JsonEncodedText Source = JsonEncodedText.Encode("source");
        public static readonly JsonEncodedText Message = JsonEncodedText.Encode("message");
        public static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
        public static readonly JsonEncodedText Listener = JsonEncodedText.Encode("listener");
        public static readonly JsonEncodedText ClientIp = JsonEncodedText.Encode("client_ip");
        public static readonly JsonEncodedText ClientPort = JsonEncodedText.Encode("client_port");
        public static readonly JsonEncodedText Sni = JsonEncodedText.Encode("sni");
        public static readonly JsonEncodedText Ech = JsonEncodedText.Encode("ech");
        public static readonly JsonEncodedText Backend = JsonEncodedText.Encode("backend");
        public static readonly JsonEncodedText Server = JsonEncodedText.Encode("server");
        public static readonly JsonEncodedText UniqueId = JsonEncodedText.Encode("unique_id");
        public static readonly JsonEncodedText PeekMs = JsonEncodedText.Encode("peek_ms");
        public static readonly JsonEncodedText WaitMs = JsonEncodedText.Encode("wait_ms");
        public static readonly JsonEncodedText ConnectMs = JsonEncodedText.Encode("connect_ms");
        public static readonly JsonEncodedText JoinedMs = JsonEncodedText.Encode("joined_ms");
        public static readonly JsonEncodedText Retries = JsonEncodedText.Encode("retries");
        public static readonly JsonEncodedText TotalMs = JsonEncodedText.Encode("total_ms");
        public static readonly JsonEncodedText Up = JsonEncodedText.Encode("up");
        public static readonly JsonEncodedText Down = JsonEncodedText.Encode("down");
        public static readonly JsonEncodedText Ts = JsonEncodedText.Encode("ts");
        public static readonly JsonEncodedText Reason = JsonEncodedText.Encode("reason");
        public static readonly JsonEncodedText Ac = JsonEncodedText.Encode("ac");
        public static readonly JsonEncodedText Fc = JsonEncodedText.Encode("fc");
        public static readonly JsonEncodedText Bc = JsonEncodedText.Encode("bc");
        public static readonly JsonEncodedText Sc = JsonEncodedText.Encode("sc");
        public static readonly JsonEncodedText Bq = JsonEncodedText.Encode("bq");
        public static readonly JsonEncodedText Tls = JsonEncodedText.Encode("tls");
        public static readonly JsonEncodedText Alpn = JsonEncodedText.Encode("alpn");
        public static readonly JsonEncodedText Ja4 = JsonEncodedText.Encode("ja4");
        public static readonly JsonEncodedText LeftOut = JsonEncodedText.Encode("left_out");
        public static readonly JsonEncodedText Reasons = JsonEncodedText.Encode("reasons");
    }
}
