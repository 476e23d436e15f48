using System.Net;
using System.Net.Sockets;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Telemetry;

/// <summary>Text format, UTF-8: time, step, then <c>key=value</c>. Milliseconds, -1 for steps not reached, as in HAProxy. Client text is
/// validated or escaped. Written as bytes directly: strings would cost 5% of a connection's CPU time.</summary>
internal sealed class LogLineFormatter(LineBuffer lines, TimeProvider time) : LogFormatter(lines, time)
{
    private const int MaxAddress = 64;

    /// <summary>Column width; only the longest step exceeds it.</summary>
    private const int StepWidth = 7;

    protected override void Begin(DateTimeOffset when) => Lines.Write(Time(when));

    protected override void EndLine() => Lines.EndLine();

    protected override void Message(in LogEntry entry)
    {
        Lines.Write($" {entry.Level.ToString().ToUpperInvariant(),-StepWidth} ");
        if (entry.Source is { } source)
        {
            Lines.Write("["u8);
            Lines.Write(source);
            Lines.Write("] "u8);
        }
        // Line breaks are escaped, so that an entry is one line.
        Lines.Write(entry.Text.AsSpan().ContainsAny('\r', '\n') ? entry.Text!.ReplaceLineEndings("\\n") : entry.Text);
    }

    protected override void Drops(long sum, ReadOnlySpan<long> byReason)
    {
        Lines.Write(" DROPS   left out "u8);
        Lines.Write(sum);
        var next = ": ";
        for (var i = 0; i < byReason.Length; i++)
        {
            if (byReason[i] == 0)
                continue;
            Lines.Write(next);
            Lines.Write(((CloseReason)i).Facts().Label);
            Lines.Write(" "u8);
            Lines.Write(byReason[i]);
            next = ", ";
        }
    }

    protected override void Step(string name)
    {
        Lines.Write(" "u8);
        Lines.Write(name);
        for (var width = name.Length; width < StepWidth; width++)
            Lines.Write(" "u8);
    }

    protected override void Number(LogField field, long value)
    {
        Lines.Write(field.Text);
        Lines.Write(value);
    }

    protected override void Milliseconds(LogField field, long value) => Number(field, value);

    protected override void Text(LogField field, string? value)
    {
        Lines.Write(field.Text);
        Lines.Write(value ?? "-");
    }

    protected override void Flag(LogField field) => Number(field, 1);

    /// <summary>Address and port are written separately, which avoids a string.</summary>
    protected override void Client(IPEndPoint client)
    {
        var bracketed = client.AddressFamily == AddressFamily.InterNetworkV6;
        Lines.Write(bracketed ? " client=["u8 : " client="u8);
        client.Address.TryFormat(Lines.GetSpan(MaxAddress), out var written);
        Lines.Advance(written);
        Lines.Write(bracketed ? "]:"u8 : ":"u8);
        Lines.Write(client.Port);
    }

    protected override void Server(string? backend, string? server)
    {
        Lines.Write(" server="u8);
        Lines.Write(backend ?? "-");
        Lines.Write("/"u8);
        Lines.Write(server ?? "<NOSRV>");
    }

    protected override void Id(LogField field, long connection)
    {
        Lines.Write(field.Text);
        Lines.Advance(ConnectionUniqueId.Write(Lines.GetSpan(ConnectionUniqueId.MaxLength), connection));
    }

    protected override void Offers(HelloFacts hello)
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
        next = " alpn=";
        for (var i = 0; i < hello.Protocols.Count; i++)
        {
            Lines.Write(next);
            Lines.Write(hello.Protocols[i]);
            next = ",";
        }
        if (hello.Protocols.Count == 0)
            Lines.Write(" alpn=-"u8);
    }
}
