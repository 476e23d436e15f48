using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Tests;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>What a collector gets.</summary>
public sealed class OtlpExportSpecs : IDisposable
{
    /// <summary>Figures that differ from one moment to the next.</summary>
    private static readonly string[] Moving = [
        "edge_gc_", "edge_process_", "edge_threadpool_", "edge_actor_", "edge_listener_session_rate", "edge_pipes_open"
    ];

    private readonly OddServer _server = OddServer.That(static async socket =>
    {
        await socket.ReceiveAsync(new byte[4096]);
        await socket.SendAsync("a"u8.ToArray());
        socket.Dispose();
    });

    public void Dispose() => _server.Dispose();

    private string Config(string otlp) => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" }, other { bind = "127.0.0.1:0" } }
          routes { "a.test" = web }
          backends { web { servers = [{ name = s1, address = "{{_server.EndPoint}}" }], health { enabled = off } } }
          admin.bind = "127.0.0.1:0"
          telemetry.otlp { {{otlp}} }
        }
        """;

    [Fact]
    public async Task Metrics_are_those_of_the_page()
    {
        await using var collector = await OtlpCollector.Start();
        await using var edge = await EdgeUnderTest.Start(
            Config($"endpoint = \"{collector.Address}/\", interval = 1s, headers = \"x-token=geheim\""));
        for (var i = 0; i < 5; i++)
            await Exchange(edge);
        await edge.ShouldHoldNothing();
        Dictionary<string, double> page = [], sent = [];
        // Sums of seconds are added up in another order.
        string Difference() => string.Join(
            '\n',
            page.Keys.Union(sent.Keys)
                .Select(key => (Key: key, Page: page.GetValueOrDefault(key, double.NaN), Sent: sent.GetValueOrDefault(key, double.NaN)))
                .Where(static both => !(Math.Abs(both.Page - both.Sent) <= 2e-6)));
        await Eventually.True(
            () =>
            {
                page = Page(edge);
                sent = collector.Series.ToDictionary(static series => series.Key, static series => Stable(series.Key, series.Value));
                return sent.Count > 0 && Difference().Length == 0;
            },
            Difference);
        Assert.Equal(5, sent["edge_connections_accepted_total{listener=\"https\"}"]);
        Assert.Equal(5, sent["edge_connections_closed_total{listener=\"https\",reason=\"FINISHED\"}"]);
        Assert.Equal(5, sent["edge_dial_seconds_count"]);
        Assert.Equal(5, sent["edge_server_bytes_total{backend=\"web\",direction=\"out\",server=\"s1\"}"]);
        Assert.All(collector.Requests, static request => Assert.Equal(("/v1/metrics", "geheim"), (request.Path, request.Token)));
        foreach (var metric in collector.Metrics)
        {
            // A sum of a counter is monotonic (3) and counts from the start (2): what falls with a restart is no rate.
            if (metric.Text(1).EndsWith("_total", StringComparison.Ordinal))
                Assert.Equal(
                    (metric.Text(1), 2, 1), (metric.Text(1), metric.Each(7).Single().Number(2), metric.Each(7).Single().Number(3)));
            else
                Assert.False(metric.Has(7), metric.Text(1));
        }
    }

    [Fact]
    public async Task A_connection_is_one_span_of_what_its_log_lines_say()
    {
        await using var collector = await OtlpCollector.Start();
        await using var edge = await EdgeUnderTest.Start(Config($"endpoint = \"{collector.Address}\", traces = 1"));
        var close = await edge.Closed(await Exchange(edge));
        await Eventually.True(() => collector.Spans.Count > 0, () => "no span");
        var span = Assert.Single(collector.Spans);
        var (began, ended) = (span.Fixed64(7), span.Fixed64(8));
        Assert.Equal(("connection", 2), (span.Text(5), span.Number(6)));
        Assert.InRange((ended - began) / 1e6, 0, long.Parse(close["total_ms"], CultureInfo.InvariantCulture) + 2);
        var steps = span.Each(11).ToArray();
        Assert.Equal(["admitted", "dialled", "joined", "peeked"], steps.Select(static step => step.Text(2)).Order(StringComparer.Ordinal));
        Assert.All(steps, step => Assert.InRange(step.Fixed64(1), began, ended));
        var says = OtlpCollector.Attributes(span.Each(9));
        Assert.Equal(
            (close["id"], close["listener"], close["client"], close["sni"], close["server"], close["up"], close["down"], close["reason"]),
            (says["edge.id"], says["edge.listener"], $"{says["client.address"]}:{says["client.port"]}", says["tls.client.server_name"],
                $"{says["edge.backend"]}/{says["edge.server"]}", says["edge.bytes_in"], says["edge.bytes_out"], says["edge.reason"]));
    }

    [Fact]
    public async Task A_collector_that_is_gone_is_told_once_and_so_is_its_return()
    {
        var place = Loopback.NextEndPoint();
        await using var edge = await EdgeUnderTest.Start(Config($"endpoint = \"http://{place}\", interval = 1s"));
        await edge.Log.WaitFor($"WARNING telemetry.otlp: http://{place}/v1/metrics does not take exports");
        await using var collector = await OtlpCollector.Start(place, 503, 429);
        await edge.Log.WaitFor($"INFO    telemetry.otlp: http://{place}/v1/metrics takes exports again");
        Assert.Single(edge.Log.Lines, static line => line.Contains("does not take", StringComparison.Ordinal));
        Assert.DoesNotContain(edge.Log.Lines, static line => line.Contains(" ERROR ", StringComparison.Ordinal));
        await Exchange(edge);
    }

    [LinuxFact]
    public async Task Without_an_endpoint_nothing_of_it_is_loaded()
    {
        using var folder = new TestFolder();
        await using var edge = EdgeProcess.Start("run", "-c", folder.Write("my.conf", Config("endpoint = off, traces = 1")));
        await edge.Out.WaitFor("admin on");
        Assert.DoesNotContain("OpenTelemetry.Exporter", await File.ReadAllTextAsync($"/proc/{edge.Id}/maps"), StringComparison.Ordinal);
        await edge.Signal("TERM");
        await edge.Exit();
    }

    private static Dictionary<string, double> Page(EdgeUnderTest edge) =>
        Http.Get(edge.Admin, "/metrics?family=edge").GetAwaiter().GetResult()
        .ShouldBe(HttpStatusCode.OK).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(static line => line[0] != '#')
        .Select(
            static line =>
                (
                    Name: Sorted(line[..line.LastIndexOf(' ')]),
                    Value: double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)))
        .ToDictionary(static series => series.Name, static series => Stable(series.Name, series.Value));

    /// <summary>With its labels in the order of the alphabet.</summary>
    private static string Sorted(string series) => series.IndexOf('{', StringComparison.Ordinal) is >= 0 and var brace
        ? $"{series[..brace]}{{{string.Join(',', series[(brace + 1)..^1].Split(',').Order(StringComparer.Ordinal))}}}"
        : series;

    /// <summary>0 for values that differ between two readings.</summary>
    private static double Stable(string name, double value) =>
        Moving.Any(moving => name.StartsWith(moving, StringComparison.Ordinal)) ? 0 : value;

    private static async Task<EndPoint> Exchange(EdgeUnderTest edge)
    {
        using var client = await Client.Connect(edge.EndPoint);
        var self = client.LocalEndPoint!;
        await client.SendAsync(HelloBytes.ForName("a.test"));
        while (await client.ReceiveAsync(new byte[16]) > 0)
        {
        }
        return self;
    }
}
