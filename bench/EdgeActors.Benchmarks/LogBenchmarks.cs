using System.Net;
using Akka.Actor;
using BenchmarkDotNet.Attributes;
using EdgeActors.Benchmarks.Actors;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Benchmarks;

/// <summary>All lines of one connection, and what its hello says where that is asked for.</summary>
public class LogBenchmarks
{
    private static readonly byte[] Wire = Hellos.Load("curl-h2");

    private readonly LineBuffer _lines = new();
    private readonly LogFormatter _text;
    private readonly LogFormatter _json;
    private readonly LiveConnection _record;
    private readonly ClientHello _hello;

    public LogBenchmarks()
    {
        _text = LogFormatter.For(LogFormat.Text, _lines, TimeProvider.System);
        _json = LogFormatter.For(LogFormat.Json, _lines, TimeProvider.System);
        var now = TimeProvider.System.GetTimestamp();
        var link = new InstantLink(
            new IPEndPoint(IPAddress.Parse("192.0.2.1"), 40000), new IPEndPoint(IPAddress.Loopback, 443), now, Wire, static () => { });
        _record = new LiveConnection(link, new FrontendTraffic("https"), ActorRefs.Nobody)
        {
            ServerName = "demo.fiscalismia.com",
            Backend = "demo_react",
            Server = "172.20.0.2:443",
            PeekedAt = now + 1,
            DialledAt = now + 1,
        };
        link.Counters.Join(now + 1, 517);
        link.Counters.Add(up: false, 4000, now + 1);
        link.Counters.End(now + 1);
        link.Handler = _record;
        link.Close(CloseReason.Finished, CloseMode.Close);
        ClientHelloReader.Read(Wire, ClientHelloReader.DefaultMaxHello, out var hello);
        _hello = hello!;
    }

    [Benchmark]
    public void Text_lines() => Write(_text);

    [Benchmark]
    public void Json_lines() => Write(_json);

    [Benchmark]
    public HelloFacts Hello_facts() => HelloFacts.Of(Wire, _hello);

    private void Write(LogFormatter format)
    {
        for (var step = LogKind.Accept; step <= LogKind.Close; step++)
            format.Append(
                new LogEntry(
                    step,
                    DateTimeOffset.UtcNow,
                    _record,
                    null,
                    LogThreshold.Info) { Counts = new ConnectionCounts(400, 300, 200, 100, 0) });
        _lines.Clear();
    }
}
