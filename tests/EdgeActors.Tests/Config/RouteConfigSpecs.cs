using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

/// <summary>What routes and the policies for clients without one may look like.</summary>
public class RouteConfigSpecs
{
    private static EdgeSettings Read(string edge)
    {
        var result = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:1" } }
              backends { web { servers = ["127.0.0.1:9001"] }, acme { servers = ["127.0.0.1:9002"] } }
              {{edge}}
            }
            """, "my.conf", static _ => null);
        Assert.Empty(result.Errors.Select(static m => m.ToString()));
        return result.Settings!;
    }

    private static RefusalSettings Refusals(string edge, string listener = "https") =>
        Read(edge).Listeners.Single(l => l.Name == listener).Refusals;

    [Fact]
    public void Names_of_every_kind_are_compared_in_one_spelling() => Assert.Equal(
        ["www.example", "xn--bcher-kva.example", "*.example", "*.xn--bcher-kva.example", "*.xn--fiqs8s", "*"],
        Read("""
            routes {
              "WWW.Example." = web, "BÜCHER.example" = web, "*.Example." = web, "*.Bücher.example" = web, "*.中国" = web, "*" = web
            }
            """).Routes.Select(static r => r.ServerName));

    [Fact]
    public void A_route_may_have_a_backend_for_each_protocol()
    {
        var routes = Read("""
            routes {
              "a.example" { default = web, "acme-tls/1" = acme, h2 = web }
              "*.example" { "http/1.1" = acme }
              "*" { default = web }
              localhost { default = web, h2 = acme }
            }
            """).Routes;
        Assert.Equal(["web", null, "web", "web"], routes.Select(static r => r.Backend));
        Assert.Equal([new ProtocolRoute("acme-tls/1", "acme"), new ProtocolRoute("h2", "web")], routes[0].Protocols);
        Assert.Equal([new ProtocolRoute("http/1.1", "acme")], routes[1].Protocols);
        Assert.Equal([new ProtocolRoute("h2", "acme")], routes[3].Protocols);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    public void A_protocol_has_1_to_255_characters(int length) =>
        Assert.Equal(
            length,
            Assert.Single(Assert.Single(Read($"routes.\"a.b\".\"{new string('x', length)}\" = web").Routes).Protocols).Protocol.Length);

    [Fact]
    public void A_protocol_of_256_characters_is_a_error()
    {
        var result = EdgeSettingsReader.ReadText(
            $"edge {{ listeners.a.bind = \"*:1\", backends.web.servers = \"10.0.0.1:1\", routes.\"a.b\".{new string('x', 256)} = web }}");
        Assert.Contains("this is no ALPN protocol", Assert.Single(result.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_word_every_client_without_a_route_is_dropped_silently()
    {
        var silent = new RefusalPolicy(CloseMode.SilentDrop);
        Assert.Equal(new RefusalSettings(silent, silent, silent, silent, silent, silent), Refusals(""));
    }

    [Fact]
    public void Each_policy_may_be_set_for_all_listeners_and_for_one()
    {
        const string Text = """
            listener-defaults {
              on-no-sni = reset, on-unknown-sni = alert, on-not-tls { route = web }
              on-silent { route = acme }, on-malformed = alert, on-too-large = close
            }
            listeners.other {
              bind = "127.0.0.1:2", on-no-sni.route = acme, on-not-tls = close, on-silent = reset, on-malformed.route = web
            }
            """;
        Assert.Equal(
            new RefusalSettings(
                new(CloseMode.Reset), new(CloseMode.Alert), new(CloseMode.SilentDrop, "web"), new(CloseMode.SilentDrop, "acme"),
                new(CloseMode.Alert), new(CloseMode.Close)),
            Refusals(Text));
        Assert.Equal(
            new RefusalSettings(
                new(CloseMode.SilentDrop, "acme"), new(CloseMode.Alert), new(CloseMode.Close), new(CloseMode.Reset),
                new(CloseMode.SilentDrop, "web"), new(CloseMode.Close)),
            Refusals(Text, "other"));
    }

    [Fact]
    public void A_listener_may_have_routes_of_its_own_and_an_empty_section_is_no_route_at_all()
    {
        var listeners = Read("""
            routes { "a.example" = web }
            listeners { inside { bind = "127.0.0.1:2", routes { "B.example." = acme } }, none { bind = "127.0.0.1:3", routes {} } }
            """).Listeners;
        Assert.Null(listeners[0].Routes);
        Assert.Equal(("b.example", "acme"), Assert.Single(listeners[1].Routes!) is var route ? (route.ServerName, route.Backend) : default);
        Assert.Empty(listeners[2].Routes!);
    }

    [Fact]
    public void A_name_a_protocol_and_all_others_may_be_refused()
    {
        var routes = Read("""
            routes {
              "a.example" { refuse = silent-drop }
              "*.a.example" = { refuse = alert }
              "*" { default { refuse = reset }, h2 = web, "acme-tls/1" { refuse = close } }
              localhost { refuse = reset }
            }
            """).Routes;
        Assert.Equal(
            [CloseMode.SilentDrop, CloseMode.Alert, CloseMode.Reset, CloseMode.Reset], routes.Select(static route => route.Refuse));
        Assert.All(routes, static route => Assert.Null(route.Backend));
        Assert.Equal([new ProtocolRoute("h2", "web"), new ProtocolRoute("acme-tls/1", null, CloseMode.Close)], routes[2].Protocols);
    }

    [Fact]
    public void Backends_of_routes_of_listeners_and_of_policies_are_all_in_use() => Assert.Equal(["acme", "web"], Read("""
        listeners.inside { bind = "127.0.0.1:2", on-silent.route = acme, routes { "a.example" { refuse = reset }, "b.example".h2 = web } }
        """).RoutedBackends);
}
