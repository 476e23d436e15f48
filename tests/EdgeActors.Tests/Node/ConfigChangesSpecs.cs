using EdgeActors.Config;
using EdgeActors.Node;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Node;

public class ConfigChangesSpecs
{
    private const string Before = """
        edge {
          listeners { https { bind = "127.0.0.1:1" }, old { bind = "127.0.0.1:2" } }
          routes { "a.test" = web, "b.test" = web, "c.test" { default = web, h2 = api } }
          backends {
            web { servers = [{ name = s0, address = "10.0.0.1:443" }, { name = s1, address = "10.0.0.2:443" }] }
            api { servers = ["10.0.0.3:443"] }
          }
        }
        """;

    private static EdgeSettings Read(string text)
    {
        var read = EdgeSettingsReader.ReadText(text);
        Assert.Empty(read.Errors);
        return read.Settings!;
    }

    [Fact]
    public void The_same_again_is_no_change()
    {
        Assert.Empty(ConfigChanges.Between(Read(Before), Read(Before)));
        Assert.Empty(ConfigChanges.NeedingRestart(Read(Before), Read(Before)));
    }

    [Fact]
    public void Each_change_has_its_words()
    {
        var next = Read("""
            edge {
              listeners { https { bind = ["127.0.0.1:1", "127.0.0.1:3"] }, more { bind = "127.0.0.1:4" } }
              routes { "a.test" = web, "c.test" { default = web, h2 = web }, "d.test" = web }
              backends {
                web { servers = [{ name = s0, address = "10.0.0.9:443" }, { name = s2, address = "10.0.0.2:443" }] }
                fresh { servers = ["10.0.0.4:443"] }
              }
              floating-ip.address = ["192.0.2.10", "2001:db8::10"]
            }
            """);
        Assert.Equal(
            [
                "listener https is on 127.0.0.1:1, 127.0.0.1:3 now",
                "listener more is new, on 127.0.0.1:4",
                "listener old is gone, its connections go on",
                "routes: 1 added, 1 removed, 1 led elsewhere",
                "backend fresh is new",
                "server web/s0 has moved to 10.0.0.9:443",
                "server web/s2 is new",
                "server web/s1 is gone, its connections go on",
                "backend api is gone, its connections go on",
                "floating-ip.address is 192.0.2.10, 2001:db8::10 now",
            ],
            ConfigChanges.Between(Read(Before), next));
    }

    [Theory]
    [InlineData("transport { buffer-size = 32KiB }", "transport")]
    [InlineData("silent-drop { hold = 1s }", "silent-drop")]
    [InlineData("limits { max-peeks = 7 }", "limits.max-peeks")]
    [InlineData("admission-timeout = 1s", "admission-timeout")]
    [InlineData("cluster { enabled = on }", "cluster")]
    [InlineData("admin { bind = \"127.0.0.1:7\" }", "admin")]
    [InlineData("control { socket = \"/run/edge/ctl.sock\" }", "control")]
    [InlineData("upgrade { socket = \"/run/edge/upgrade.sock\" }", "upgrade.socket")]
    [InlineData("log { format = json }", "log")]
    [InlineData("telemetry.otlp { endpoint = \"http://127.0.0.1:4318\" }", "telemetry")]
    [InlineData("http-redirect { bind = \"127.0.0.1:8\" }", "http-redirect")]
    public void What_needs_a_restart_is_told_by_its_key(string changed, string key) =>
        Assert.Equal([$"{key} has changed, which takes effect after a restart"],
            ConfigChanges.NeedingRestart(Read(Before), Read(Before.Replace("edge {\n", $"edge {{\n{changed}\n", StringComparison.Ordinal))));

    [Fact]
    public void What_follows_at_once_needs_no_restart() => Assert.Empty(ConfigChanges.NeedingRestart(
        Read(Before), Read(Before.Replace("edge {\n", "edge {\nlog.level = debug, drain-timeout = 1s, limits { max-connections = 7, memory = 50% }, upgrade.drain-timeout = 5m\n", StringComparison.Ordinal))));

    [Fact]
    public void A_larger_share_is_a_change_of_its_server() =>
        Assert.Equal(["server web/s1 has another share or limit"], ConfigChanges.Between(
            Read(Before), Read(Before.Replace("address = \"10.0.0.2:443\"", "address = \"10.0.0.2:443\", weight = 7", StringComparison.Ordinal))));
}
