using System.Net;
using System.Text.RegularExpressions;
using EdgeHost.Admin.Metrics;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Admin;

/// <summary>Metrics as Prometheus' own tools read them.</summary>
public sealed partial class MetricsSpecs
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0";

    /// <summary>What a Prometheus of today asks with.</summary>
    private const string Prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private static string Config(string backends = "web { servers = [\"127.0.0.1:9\", \"127.0.0.1:10\"], health { interval = 100ms, timeout = 100ms, fall = 1 } }") => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" }, other { bind = "127.0.0.1:0" } }
          backends { {{backends}} }
          routes {}
          admin.bind = "127.0.0.1:0"
        }
        """;

    [RequiresToolFact("promtool")]
    public async Task Promtool_finds_nothing_to_say_about_them()
    {
        await using var edge = await EdgeUnderTest.Start(Config());
        await Eventually.True(() => edge.Checks.All(static status => !status.Up), () => "no check");
        using var folder = new TestFolder();
        foreach (var family in new[] { "edge", "haproxy" })
        {
            var file = folder.Write(
                $"{family}.txt", (await Http.Get(edge.Admin, $"/metrics?family={family}")).ShouldBe(HttpStatusCode.OK).Body);
            var checkd = await Tool.Run("sh", "-c", $"promtool check metrics < {file}");
            Assert.Equal((0, "", ""), (checkd.ExitCode, checkd.Out, checkd.Err));
        }
    }

    [Theory]
    [InlineData(null, Exposition.TextType)]
    [InlineData("*/*", Exposition.TextType)]
    [InlineData("text/plain", Exposition.TextType)]
    [InlineData("application/openmetrics-text;q=0.1, text/plain;q=0.9", Exposition.TextType)]
    [InlineData("application/openmetrics-text;q=0", Exposition.TextType)]
    [InlineData("this is no list;;", Exposition.TextType)]
    [InlineData(OpenMetrics, Exposition.OpenMetricsType)]
    [InlineData(Prometheus, Exposition.OpenMetricsType)]
    public async Task The_format_is_what_is_asked_for(string? accept, string type)
    {
        await using var edge = await EdgeUnderTest.Start(Config());
        var answer = (await Http.Get(edge.Admin, "/metrics", accept: accept)).ShouldBe(HttpStatusCode.OK);
        Assert.Equal(type, answer.Headers["Content-Type"]);
        Assert.Equal(type == Exposition.OpenMetricsType, answer.Body.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_metrics_keep_to_their_rules()
    {
        await using var edge = await EdgeUnderTest.Start(Config());
        var lines = (await Http.Get(edge.Admin, "/metrics", accept: OpenMetrics)).Body.Split('\n');
        var families = new HashSet<string>();
        var (family, type) = ("", "");
        foreach (var line in lines[..^2])
        {
            if (HelpLine().Match(line) is { Success: true } help)
                Assert.True(families.Add(family = help.Groups[1].Value), $"twice: {family}");
            else if (TypeLine().Match(line) is { Success: true } of)
                Assert.Equal((family, family), (of.Groups[1].Value, (type = of.Groups[2].Value).Length > 0 ? family : ""));
            else
                Assert.True(SampleLine(family, type).IsMatch(line), $"of the {type} {family}: {line}");
        }
        Assert.Equal(["# EOF", ""], lines[^2..]);
        Assert.True(families.Count > 100);
    }

    [RequiresToolFact("prometheus")]
    public async Task A_real_prometheus_scrapes_them()
    {
        await using var edge = await EdgeUnderTest.Start(Config());
        await using var prometheus = await PrometheusServer.Start(edge.Admin);
        foreach (var query in new[] { "up", "edge_listener_open{listener=\"other\"}", "haproxy_frontend_status{proxy=\"https\",state=\"UP\"}", "edge_peek_seconds_bucket{le=\"+Inf\"} + 1" })
            await Eventually.True(() => prometheus.Query(query).GetAwaiter().GetResult() == "1", () => $"{query}: {prometheus.Log}");
    }

    [Fact]
    public async Task Every_label_is_a_name_of_the_configuration_or_a_word_of_a_fixed_list()
    {
        await using var edge = await EdgeUnderTest.Start(Config());
        var body = (await Http.Get(edge.Admin, "/metrics")).Body;
        var labels = LabelName().Matches(body).Select(static match => match.Groups[1].Value).Distinct().Order();
        Assert.Equal(
            [
                "actor", "backend", "direction", "generation", "le", "listener", "proxy", "reason", "runtime", "server", "state",
                "transport", "version"
            ],
            labels);
    }

    [GeneratedRegex("^# HELP ([a-z_]+) [^\n]+$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-z_]+) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("[{,]([a-z]+)=\"")]
    private static partial Regex LabelName();

    private static Regex SampleLine(string family, string type) => new(
        $"^{family}{(type == "counter" ? "_total" : type == "histogram" ? "(_bucket|_sum|_count)" : "")}"
            + "({[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? [-0-9.E+]+$",
        RegexOptions.CultureInvariant);
}
