using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Tests.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Telemetry;

public sealed class JsonLineSpecs
{
    private static async Task<string[]> Lines(LogFormat format, Action<EdgeLog> write, DropLogSettings? drops = null)
    {
        var output = new MemoryStream();
        await using (var log = new EdgeLog(
            new LogSettings(true, 10_000, LogThreshold.Info) { Format = format, Drops = drops }, output, TimeProvider.System))
            write(log);
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<JsonObject> Line(Action<EdgeLog> write) =>
        JsonNode.Parse(Assert.Single(await Lines(LogFormat.Json, write)))!.AsObject();

    private static ConnectionRecord Record(bool known)
    {
        var link = new FakeLink { EndedBy = known ? CloseReason.ServerReset : CloseReason.NoSni };
        var record = new ConnectionRecord(link, "https", ActorRefs.Nobody);
        if (known)
        {
            record.ServerName = "demo.fiscalismia.com";
            record.Backend = "web";
            record.Server = "s0";
            record.HasUniqueId = record.HasEch = true;
            record.Retries = 1;
            record.PeekedAt = record.DialledAt = TimeProvider.System.GetTimestamp();
            link.Counters.Join(TimeProvider.System.GetTimestamp(), 517);
            link.Counters.Add(up: false, 1000, TimeProvider.System.GetTimestamp());
        }
        var wire = HelloBytes.Recorded("curl-h2.bin");
        ClientHelloReader.Read(wire, ClientHelloReader.DefaultMaxHello, out var hello);
        record.Hello = HelloFacts.Of(wire, hello!);
        link.Counters.End(TimeProvider.System.GetTimestamp());
        return record;
    }

    /// <summary>Every step, of a connection of which all is known and of one of which nothing is.</summary>
    private static void WriteAll(EdgeLog log)
    {
        foreach (var record in (ConnectionRecord[])[Record(known: true), Record(known: false)])
        {
            log.Accepted(record);
            log.Passed(record);
            log.Connection(LogKind.Connect, record);
            log.Closed(record, new ConnectionCounts(4, 3, 2, 1, 7), passed: true);
        }
    }

    [Fact]
    public async Task Each_line_says_the_same_as_the_line_of_text()
    {
        var json = await Lines(LogFormat.Json, WriteAll);
        var text = await Lines(LogFormat.Text, WriteAll);
        Assert.Equal(8, json.Length);
        Assert.Equal(
            text.Select(static line => string.Join(' ', FromText(line))),
            json.Select(static line => string.Join(' ', FromJson(JsonNode.Parse(line)!.AsObject()))));
    }

    /// <summary>Key and value, without those that differ from one connection or moment to the next.</summary>
    private static IEnumerable<string> FromText(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select((word, i) => i == 0 ? $"step={word}" : word).Where(IsStable);

    private static IEnumerable<string> FromJson(JsonObject line)
    {
        var words = new List<string>();
        string? ip = null, backend = null;
        foreach (var (key, value) in line)
        {
            var text = value switch
            {
                null => key.EndsWith("_ms", StringComparison.Ordinal) ? "-1" : "-",
                JsonArray { Count: 0 } => "-",
                JsonArray array => string.Join(',', array),
                _ => value.GetValueKind() == JsonValueKind.True ? "1" : value.ToString(),
            };
            switch (key)
            {
                case "time":
                    continue;
                case "client_ip":
                    ip = text;
                    continue;
                case "client_port":
                    words.Add($"client={ip}:{text}");
                    continue;
                case "backend" when line.ContainsKey("server"):
                    backend = text;
                    continue;
                case "server":
                    words.Add($"server={backend}/{(value is null ? "<NOSRV>" : text)}");
                    continue;
                default:
                    words.Add($"{key}={text}");
                    continue;
            }
        }
        return words.Where(IsStable);
    }

    private static bool IsStable(string word) =>
        !word.StartsWith("id=", StringComparison.Ordinal) && !word.StartsWith("unique_id=", StringComparison.Ordinal)
        && (word.EndsWith("_ms=-1", StringComparison.Ordinal) || !word.Contains("_ms=", StringComparison.Ordinal));

    [Fact]
    public async Task Each_fact_has_its_type()
    {
        var record = Record(known: true);
        var line = await Line(log => log.Closed(record, new ConnectionCounts(4, 3, 2, 1, 7), passed: true));
        Assert.True(DateTimeOffset.TryParseExact(
            (string?)line["time"], "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time));
        Assert.InRange((DateTimeOffset.UtcNow - time).TotalMinutes, 0, 5);
        Assert.Equal("CLOSE", (string?)line["step"]);
        Assert.Equal(record.Link.Id, (long)line["id"]!);
        Assert.Equal(("192.0.2.1", 40000), ((string?)line["client_ip"], (int)line["client_port"]!));
        Assert.Equal((517, 1000, 1), ((long)line["up"]!, (long)line["down"]!, (int)line["retries"]!));
        Assert.Equal(("SD", "SERVER_RESET"), ((string?)line["ts"], (string?)line["reason"]));
        Assert.Equal((4, 3, 2, 1, 7), ((int)line["ac"]!, (int)line["fc"]!, (int)line["bc"]!, (int)line["sc"]!, (int)line["bq"]!));
        foreach (var timer in (string[])["peek_ms", "wait_ms", "connect_ms", "joined_ms", "total_ms"])
            Assert.InRange((long)line[timer]!, 0, 300_000);
    }

    [Fact]
    public async Task A_clock_that_is_read_a_little_late_makes_no_time_negative()
    {
        var record = Record(known: true);
        record.DialledAt = record.Link.Counters.JoinedAt + 5 * TimeProvider.System.TimestampFrequency;
        Assert.Equal(0, (long)(await Line(log => log.Connection(LogKind.Connect, record)))["connect_ms"]!);
    }

    [Fact]
    public async Task A_drop_says_what_its_hello_said()
    {
        var line = await Line(log => log.Closed(Record(known: false), default, passed: false));
        Assert.Equal(["1.3", "1.2", "1.1", "1.0"], line["tls"]!.AsArray().Select(static version => (string)version!));
        Assert.Equal(["h2", "http/1.1"], line["alpn"]!.AsArray().Select(static name => (string)name!));
        Assert.Equal("t13d3112h2_e8f1e7e78f70_b26ce05bbdd6", (string?)line["ja4"]);
        Assert.Null(line["joined_ms"]);
    }

    [Fact]
    public async Task A_message_is_told_whole_whatever_is_in_it()
    {
        var line = await Line(log => log.Say(LogThreshold.Warning, "one\ntwo \"three\" <é>", "akka://edge/user"));
        Assert.Equal(
            ("warning", "akka://edge/user", "one\ntwo \"three\" <é>"), (
                (string?)line["level"], (string?)line["source"], (string?)line["message"]));
    }

    [Fact]
    public async Task What_is_left_out_is_counted_by_reason()
    {
        var lines = await Lines(
            LogFormat.Json,
            static log =>
            {
                for (var i = 0; i < 4; i++)
                    log.Closed(
                        new ConnectionRecord(new FakeLink { EndedBy = CloseReason.RateLimited }, "https", ActorRefs.Nobody),
                        default,
                        passed: false);
            },
            new DropLogSettings(1000, null));
        Assert.Equal("""{"step":"DROPS","left_out":3,"reasons":{"RATE_LIMITED":3}}""", "{" + lines[^1][(lines[^1].IndexOf(',', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public void A_line_costs_no_garbage()
    {
        var lines = new LineBuffer();
        var formatter = new JsonLineFormatter(lines, TimeProvider.System);
        var entry = new LogEntry(LogKind.Close, DateTimeOffset.UtcNow, Record(known: true), null, LogThreshold.Info);
        void Write()
        {
            for (var i = 0; i < 100; i++)
            {
                formatter.Append(entry);
                lines.Clear();
            }
        }
        Write();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
