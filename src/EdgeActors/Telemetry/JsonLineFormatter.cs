using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>JSON format (RFC 8259), one object per line, with the fields of <see cref="LogLineFormatter"/>. Unknown values and steps not
/// reached are null. Writer and names are reused, so a line allocates nothing.</summary>
internal sealed class JsonLineFormatter(LineBuffer lines, TimeProvider time) : LogFormatter(lines, time)
{
    private const int MaxAddress = 64;

    private static readonly JsonEncodedText
        TimeKey = JsonEncodedText.Encode("time"), StepKey = JsonEncodedText.Encode("step"), ClientIp = JsonEncodedText.Encode("client_ip"),
        ClientPort = JsonEncodedText.Encode("client_port"), ServerKey = JsonEncodedText.Encode("server"), Tls = JsonEncodedText.Encode("tls"),
        Alpn = JsonEncodedText.Encode("alpn");

    /// <summary>Log lines are not embedded in HTML, so non-ASCII text stays readable.</summary>
    private readonly Utf8JsonWriter _json =
        new(lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    protected override void Begin(DateTimeOffset when)
    {
        _json.WriteStartObject();
        _json.WriteString(TimeKey, Time(when));
    }

    protected override void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        Lines.EndLine();
    }

    protected override void Message(in LogEntry entry)
    {
        _json.WriteString("level", entry.Level.ToString().ToLowerInvariant());
        if (entry.Source is { } source)
            _json.WriteString("source", source);
        _json.WriteString("message", entry.Text);
    }

    protected override void Drops(long sum, ReadOnlySpan<long> byReason)
    {
        Step("DROPS");
        _json.WriteNumber("left_out", sum);
        _json.WriteStartObject("reasons");
        for (var i = 0; i < byReason.Length; i++)
        {
            if (byReason[i] > 0)
                _json.WriteNumber(((CloseReason)i).Facts().Label, byReason[i]);
        }
        _json.WriteEndObject();
    }

    protected override void Step(string name) => _json.WriteString(StepKey, name);

    protected override void Number(LogField field, long value) => _json.WriteNumber(field.Json, value);

    protected override void Milliseconds(LogField field, long value)
    {
        if (value < 0)
            _json.WriteNull(field.Json);
        else
            _json.WriteNumber(field.Json, value);
    }

    protected override void Text(LogField field, string? value) => _json.WriteString(field.Json, value);

    protected override void Flag(LogField field) => _json.WriteBoolean(field.Json, true);

    protected override void Client(IPEndPoint client)
    {
        Span<byte> address = stackalloc byte[MaxAddress];
        client.Address.TryFormat(address, out var written);
        _json.WriteString(ClientIp, address[..written]);
        _json.WriteNumber(ClientPort, client.Port);
    }

    protected override void Server(string? backend, string? server)
    {
        Text(LogField.Backend, backend);
        _json.WriteString(ServerKey, server);
    }

    protected override void Id(LogField field, long connection)
    {
        Span<byte> id = stackalloc byte[ConnectionUniqueId.MaxLength];
        _json.WriteString(field.Json, id[..ConnectionUniqueId.Write(id, connection)]);
    }

    protected override void Offers(HelloFacts hello)
    {
        _json.WriteStartArray(Tls);
        foreach (var (version, name) in TlsNames)
        {
            if ((hello.Versions & version) != 0)
                _json.WriteStringValue(name);
        }
        _json.WriteEndArray();
        _json.WriteStartArray(Alpn);
        for (var i = 0; i < hello.Protocols.Count; i++)
            _json.WriteStringValue(hello.Protocols[i]);
        _json.WriteEndArray();
    }
}
