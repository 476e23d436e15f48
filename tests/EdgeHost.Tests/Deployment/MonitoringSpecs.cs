using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Deployment;

/// <summary>What <c>docker/</c> has for Prometheus and Grafana is right, and speaks of metrics that there are.</summary>
public sealed partial class MonitoringSpecs
{
    private static string File(params string[] path) => Path.Combine([Repository.Root, "docker", .. path]);

    [RequiresToolFact("promtool")]
    public async Task Promtool_takes_configuration_and_rules_and_their_tests()
    {
        (await Tool.Run("promtool", "check", "config", File("prometheus", "prometheus.yml"))).ShouldSucceed();
        (await Tool.Run("promtool", "check", "rules", File("prometheus", "rules.yml"))).ShouldSucceed();
        (await Tool.Run("promtool", "test", "rules", File("prometheus", "rules_test.yml"))).ShouldSucceed();
    }

    [Fact]
    public async Task Every_alert_has_a_test()
    {
        var rules = await System.IO.File.ReadAllTextAsync(File("prometheus", "rules.yml"));
        var tests = await System.IO.File.ReadAllTextAsync(File("prometheus", "rules_test.yml"));
        var alerts = AlertName().Matches(rules).Select(static match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Matches($"alertname: {alert}\n +exp_alerts:\n", tests));
    }

    [Theory]
    [InlineData("grafana/edge.json")]
    [InlineData("prometheus/rules.yml")]
    public async Task Every_metric_that_is_asked_for_is_there(string file)
    {
        await using var edge = await EdgeUnderTest.Start("""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "a.example" = web }
              backends { web { servers = ["127.0.0.1:9"], health { enabled = off } } }
              admin.bind = "127.0.0.1:0"
            }
            """);
        var there = TypeLine()
            .Matches((await Http.Get(edge.Admin, "/metrics")).ShouldBe(HttpStatusCode.OK).Body)
            .Select(static match => match.Groups[1].Value)
            .ToHashSet();
        var asked = MetricName()
            .Matches(await System.IO.File.ReadAllTextAsync(File(file.Split('/'))))
            .Select(static match => match.Groups[1].Value)
            .Distinct()
            .ToArray();
        Assert.True(asked.Length > 5);
        Assert.Empty(asked.Except(there));
    }

    [Fact]
    public async Task Every_panel_of_the_dashboard_asks_the_source_that_was_chosen()
    {
        using var json = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File("grafana", "edge.json")));
        var ids = new HashSet<int>();
        foreach (var panel in json.RootElement.GetProperty("panels").EnumerateArray())
        {
            Assert.True(ids.Add(panel.GetProperty("id").GetInt32()));
            if (panel.GetProperty("type").GetString() == "row")
                continue;
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.All(
                panel.GetProperty("targets").EnumerateArray(),
                static target => Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString()));
        }
        Assert.Equal(
            ["datasource", "instance"],
            json.RootElement.GetProperty("templating")
                .GetProperty("list")
                .EnumerateArray()
                .Select(static variable => variable.GetProperty("name").GetString()));
    }

    [GeneratedRegex("- alert: ([A-Za-z]+)")]
    private static partial Regex AlertName();

    [GeneratedRegex("^# TYPE ([a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\b(edge_[a-z_]+?)(?:_bucket)?\b(?![a-z_])")]
    private static partial Regex MetricName();
}
