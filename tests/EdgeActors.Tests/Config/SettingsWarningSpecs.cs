using EdgeActors.Config;

namespace EdgeActors.Tests.Config;

public sealed class SettingsWarningSpecs
{
    private const string Expected = "expected routes { \"www.example.org\" = BACKEND }";

    private static string[] Warnings(string edge)
    {
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:1" } }
              backends.web.servers = ["127.0.0.1:9001"]
              {{edge}}
            }
            """, "my.conf", static _ => null);
        Assert.Empty(read.Errors);
        return [.. read.Warnings.Select(static warning => warning.ToString())];
    }

    [Fact]
    public void A_routed_backend_is_no_warning() => Assert.Empty(Warnings("routes.\"a.example\" = web"));

    [Theory]
    [InlineData("listeners.https.on-silent.route = web")]
    [InlineData("listeners.https.routes.\"a.example\".h2 = web")]
    public void Any_way_to_a_backend_is_no_warning(string edge) => Assert.Empty(Warnings(edge));

    [Theory]
    [InlineData("")]
    [InlineData("routes.\"a.example\".refuse = reset")]
    public void A_listener_without_a_backend_and_a_backend_without_a_route_are_warned_of(string edge) => Assert.Equal(
        [
            $"my.conf:2: edge.listeners.https: no client of this listener reaches a backend; {Expected}",
            "my.conf:3: edge.backends.web: no route and no policy uses this backend; expected one, or remove the backend",
        ],
        Warnings(edge));

    [Fact]
    public void Routes_that_apply_to_no_listener_are_warned_of() => Assert.Equal(
        [
            "my.conf:4: edge.routes: every listener has routes of its own, so these routes are not used; "
                + "expected a listener without routes",
        ],
        Warnings("routes { \"a.example\" = web }, listeners.https.routes { \"b.example\" = web }"));

    [Fact]
    public void An_allow_list_that_a_deny_list_makes_useless_is_warned_of() => Assert.Equal(
        ["my.conf:4: 'allow' has no effect on 10.0.0.0/8, because with 'deny' a client in neither list is accepted; "
            + "to refuse such clients, add \"0.0.0.0/0\" and \"::/0\" to 'deny'"],
        Warnings("listeners.https { allow = [\"10.0.0.0/8\"], deny = [\"10.1.0.0/16\"] }, routes.\"a.example\" = web"));

    [Theory]
    [InlineData("listeners.https.rate-limit { limit = off, except = [\"10.0.0.0/8\"] }", "listeners.https")]
    [InlineData("listener-defaults.rate-limit = off, listeners.https.rate-limit.except = [\"10.0.0.0/8\"]", "listeners.https")]
    [InlineData("listener-defaults.rate-limit { limit = off, except = [\"10.0.0.0/8\"] }", "listener-defaults")]
    public void Exceptions_without_a_limit_are_warned_of(string edge, string section) => Assert.Equal(
        [$"my.conf:4: edge.{section}.rate-limit.except: no limit is set here, so this exempts nobody; "
            + "expected rate-limit.limit or max-connections, or remove it"],
        Warnings(edge + ", routes.\"a.example\" = web"));

    [Theory]
    [InlineData("[\"0.0.0.0/0\", \"::/0\"]", "every address")]
    [InlineData("[\"0.0.0.0/0\", \"10.0.0.0/8\"]", "every IPv4 address")]
    [InlineData("[\"::/0\"]", "every IPv6 address")]
    public void Exceptions_of_every_address_are_warned_of(string networks, string of) => Assert.Equal(
        [$"my.conf:4: edge.listeners.https.rate-limit.except: this exempts {of} from the limits; expected smaller networks, or rate-limit = off"],
        Warnings($"listeners.https.rate-limit.except = {networks}, routes.\"a.example\" = web"));

    [Theory]
    [InlineData("listeners.https.rate-limit.except = [\"10.0.0.0/8\", \"128.0.0.0/1\", \"2000::/3\"]")]
    [InlineData("listeners.https.rate-limit { limit = off, max-connections = 9, except = [\"10.0.0.0/8\"] }")]
    [InlineData("listener-defaults.rate-limit.except = [\"10.0.0.0/8\"], listeners { a { bind = \"127.0.0.1:2\", rate-limit = off } }")]
    public void Exceptions_from_a_limit_are_no_warning(string edge) => Assert.Empty(Warnings(edge + ", routes.\"a.example\" = web"));

    [Theory]
    [InlineData("allow = [\"10.0.0.0/8\"]")]
    [InlineData("deny = [\"10.0.0.0/8\"]")]
    [InlineData("allow = [\"10.1.0.0/16\"], deny = [\"10.0.0.0/8\"]")]
    [InlineData("allow = [\"10.1.0.0/16\", \"2001:db8::/32\"], deny = [\"0.0.0.0/0\", \"::/0\", \"10.1.2.3\"]")]
    public void An_allow_list_with_an_effect_is_no_warning(string lists) =>
        Assert.Empty(Warnings($"listeners.https {{ {lists} }}, routes.\"a.example\" = web"));
}
