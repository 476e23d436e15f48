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
        Assert.Empty(Keys(Before));
    }

    [Fact]
    public void Routes_of_a_listener_and_ways_to_refuse_are_compared_too()
    {
        const string Own = """
            edge {
              listeners { a { bind = "127.0.0.1:1", routes { "a.test" = web, "b.test" { refuse = reset } } }, b { bind = "127.0.0.1:2" } }
              routes { "c.test" { default = web, h2 { refuse = reset } } }
              backends.web.servers = ["10.0.0.1:443"]
            }
            """;
        Assert.Empty(ConfigChanges.Between(Read(Own), Read(Own)));
        Assert.Equal(
            ["routes: 0 added, 0 removed, 1 changed", "routes of listener a: 0 added, 0 removed, 1 changed"],
            ConfigChanges.Between(Read(Own), Read(Own.Replace("reset", "alert", StringComparison.Ordinal))));
        Assert.Equal(
            ["routes of listener b: 1 added, 0 removed, 0 changed"],
            ConfigChanges.Between(Read(Own), Read(Own.Replace(":2\" }", ":2\", routes.\"d.test\" = web }", StringComparison.Ordinal))));
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
                "routes: 1 added, 1 removed, 1 changed",
                "backend fresh is new",
                "server web/s0 has moved to 10.0.0.9:443",
                "server web/s2 is new",
                "server web/s1 is gone, its connections go on",
                "backend api is gone, its connections go on",
                "floating-ip.address is 192.0.2.10, 2001:db8::10 now",
            ],
            ConfigChanges.Between(Read(Before), next));
    }

    private static IReadOnlyList<KeyChange> Keys(string text, string? started = null) =>
        KeyChange.Between(Read(Before), Read(text), Read(started ?? Before));

    private static string With(string keys) => Before.Replace("edge {\n", $"edge {{\n{keys}\n", StringComparison.Ordinal);

    [Theory]
    [InlineData("transport { buffer-size = 32KiB }", "transport.buffer-size has changed and takes effect after a restart (edge ctl restart)")]
    [InlineData("cluster { enabled = on }", "cluster.enabled has changed and takes effect after a restart (edge ctl restart)")]
    [InlineData("log { format = json }", "log.format has changed and takes effect after a restart (edge ctl restart)")]
    [InlineData("log { level = debug }", "log.level is debug now")]
    [InlineData("limits { memory = off }", "limits.memory is off now")]
    [InlineData("backend-defaults.timeouts.tunnel = 1h", "backend-defaults.timeouts.tunnel is 1h for new connections")]
    [InlineData("listener-defaults.rate-limit = off", "listener-defaults.rate-limit is off for new connections")]
    public void A_changed_key_is_reported_with_its_effect(string changed, string words) =>
        Assert.Equal([words], ConfigChanges.Of(Keys(With(changed))));

    [Theory]
    [InlineData("listeners.https.backlog = 100", "listeners.https.backlog", "4096", "100")]
    [InlineData("listener-defaults.backlog = 9, listeners.https.backlog = 100", "listener-defaults.backlog", "4096", "9")]
    [InlineData("listeners.https.deny = [\"::1\", \"::2\", \"::3\", \"::4\", \"::5\"]", "listeners.https.deny", "[]",
        "[::1, ::2, ::3, ::4, ... 5 in all]")]
    [InlineData("listeners.https.on-no-sni { route = web }", "listeners.https.on-no-sni", "silent-drop", "{ route = web }")]
    [InlineData("backends.web.health.http.path = \"/x\"", "backends.web.health.http.path", "/", "/x")]
    [InlineData("listeners.https.accept-proxy { from = [\"::1\"] }", "listeners.https.accept-proxy.from", "none", "[::1]")]
    [InlineData("admin { bind = \"127.0.0.1:7\", user = a, password = b }", "admin.password", "\"\"", "***")]
    [InlineData("listeners.https.hello-timeout = 5000ms, limits.memory = 80%", "limits.memory", "90%", "80%")]
    public void A_changed_key_has_its_old_and_its_new_value(string changed, string key, string old, string now) =>
        Assert.Contains(Keys(With(changed)), change => (change.Key, change.Old, change.New) == (key, old, now));

    [Fact]
    public void A_key_of_an_added_or_removed_listener_has_one_value()
    {
        const string Old = "old { bind = \"127.0.0.1:2\" }", New = "new { bind = \"127.0.0.1:2\", backlog = 7 }";
        var changes = Keys(Before.Replace(Old, New, StringComparison.Ordinal));
        Assert.Equal(
            [("listeners.new.backlog", null, "7"), ("listeners.new.bind", null, "127.0.0.1:2"),
                ("listeners.old.bind", "127.0.0.1:2", null)],
            changes.Select(static change => (change.Key, change.Old, change.New)));
        Assert.Empty(ConfigChanges.Of(changes));
    }

    [Fact]
    public void An_equal_value_in_another_notation_or_section_is_no_change() => Assert.Empty(KeyChange.Between(
        Read(With("backend-defaults.retries = 7, listeners.https.hello-timeout = 3s")),
        Read(With("backend-defaults.retries = 7, backends.web.retries = 7, listeners.https.hello-timeout = 3000ms")),
        Read(Before)));

    [Fact]
    public void A_key_that_needs_a_restart_is_reported_until_then()
    {
        var changed = With("transport.buffer-size = 32KiB");
        var change = Assert.Single(KeyChange.Between(Read(changed), Read(changed), started: Read(Before)));
        Assert.Equal(("transport.buffer-size", "64KiB", "32KiB", KeyEffect.Restart), (change.Key, change.Old, change.New, change.Effect));
        Assert.Empty(KeyChange.Between(Read(changed), Read(Before), started: Read(Before)));
    }

    [Theory]
    [InlineData("addresses = all", "server web/s1 has addresses = all now")]
    [InlineData("addresses = all, maxconn = 9", "server web/s1 has addresses = all now", "server web/s1 has another share or limit")]
    public void Other_addresses_are_a_change_of_their_own(string keys, params string[] changes)
    {
        string Named(string more) => Before.Replace("address = \"10.0.0.2:443\"", $"address = \"web.internal:443\"{more}", StringComparison.Ordinal);
        Assert.Equal(changes, ConfigChanges.Between(Read(Named("")), Read(Named($", {keys}"))));
    }

    [Fact]
    public void A_larger_share_is_a_change_of_its_server() =>
        Assert.Equal(["server web/s1 has another share or limit"], ConfigChanges.Between(
            Read(Before), Read(
                Before.Replace("address = \"10.0.0.2:443\"", "address = \"10.0.0.2:443\", weight = 7", StringComparison.Ordinal))));
}
