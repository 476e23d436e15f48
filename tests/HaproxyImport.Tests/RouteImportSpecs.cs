using EdgeActors.Settings;

namespace HaproxyImport.Tests;

/// <summary><c>use_backend</c> and <c>default_backend</c> as routes: HAProxy takes the first rule that holds, Edge the closest name.</summary>
public sealed class RouteImportSpecs
{
    [Theory]
    [InlineData("{ req.ssl_sni a.test }", "a.test")]
    [InlineData("{ req_ssl_sni -i A.Test b.test }", "a.test b.test")]
    [InlineData("{ req.ssl_sni,lower -m str a.test }", "a.test")]
    [InlineData("{ req.ssl_sni -i -m end .a.test }", "*.a.test")]
    [InlineData("{ req.ssl_sni -m end a.test }", "a.test *.a.test")]
    [InlineData("{ req.ssl_sni -i -f names.lst }", "f.example.org g.example.org")]
    [InlineData(@"{ req.ssl_sni -m reg ^a\.test$ }", "a.test")]
    [InlineData(@"{ req.ssl_sni -m reg \.a\.test$ }", "*.a.test")]
    [InlineData(@"{ req.ssl_sni -m reg ^[^.]+\.a\.test$ }", "*.a.test")]
    [InlineData(@"{ req.ssl_sni -m reg (^|\.)a\.test$ }", "a.test *.a.test")]
    [InlineData("{ req.ssl_sni a.test } { req_ssl_hello_type 1 }", "a.test")]
    [InlineData("{ req.ssl_sni a.test } or { req.ssl_sni b.test }", "a.test b.test")]
    [InlineData("{ req.ssl_sni a.test } || { req.ssl_sni b.test } !FALSE", "a.test b.test")]
    [InlineData("! { req.ssl_sni a.test } !{ req.ssl_sni b.test } FALSE or { req.ssl_sni c.test }", "c.test")]
    public void A_condition_on_the_name_is_a_route(string condition, string names)
    {
        var routes = Imported.Frontend($"use_backend web if {condition}").Routes();
        Assert.Equal(names.Split(' ').ToDictionary(static name => name, static _ => (string?)"web"), routes);
    }

    [Theory]
    [InlineData("{ req.ssl_sni -m sub a }", "-m sub")]
    [InlineData("{ req.ssl_sni -m beg a }", "-m beg")]
    [InlineData(@"{ req.ssl_sni -m reg ^a.*z$ }", "regular expressions")]
    [InlineData("{ req.ssl_sni 10.0.0.1 }", "no host name")]
    [InlineData("{ req.ssl_sni a.test } { src 10.0.0.0/8 }", "not by address")]
    [InlineData("{ src 10.0.0.0/8 }", "not by address")]
    [InlineData("{ nbsrv(api) lt 1 }", "nothing like 'nbsrv'")]
    [InlineData("{ req.ssl_sni,field(1,.) a }", "no converters such as field(1,.)")]
    [InlineData("nobody", "no ACL 'nobody'")]
    [InlineData("!{ req.ssl_alpn h2 }", "default route")]
    [InlineData("{ req.ssl_sni -f none.lst }", "none.lst cannot be read")]
    [InlineData("{ req.ssl_sni a.test } { req.ssl_sni b.test }", "two lists of names")]
    [InlineData("{ req.ssl_sni a.test } !{ req.ssl_sni b.test }", "some names but not others")]
    public void What_is_no_route_is_told(string condition, string words)
    {
        var imported = Imported.Frontend($"use_backend web if {condition}\nuse_backend api if {{ req.ssl_sni z.test }}");
        Assert.Equal(["z.test"], imported.Tells(3, words).Routes().Keys);
    }

    [Fact]
    public void Lines_of_one_acl_are_alternatives_and_none_of_them_together_is_the_rest()
    {
        var imported = Imported.Frontend("""
            acl known req.ssl_sni a.test
            acl known req.ssl_sni b.test
            use_backend web if known
            use_backend api unless known
            """);
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "web", ["b.test"] = "web", ["*"] = "api" }, imported.Routes());
        Assert.Equal("api", imported.Listener().Refusals.NoSni.Backend);
        Assert.Equal("api", imported.Listener().Refusals.NotTls.Backend);
    }

    [Fact]
    public void Names_that_a_rule_leaves_go_on_to_the_next_ones()
    {
        var imported = Imported.Frontend("""
            use_backend api unless { req.ssl_sni a.test b.test c.test }
            use_backend web if { req.ssl_sni a.test }
            use_backend web if { req.ssl_sni d.test }
            """);
        Assert.Equal(new Dictionary<string, string?> { ["*"] = "api", ["a.test"] = "web" }, imported.Tells(5, "that of line 3 takes it").Tells(3, "no rule leads anywhere").Routes());

        imported = Imported.Frontend("use_backend api unless { req.ssl_sni a.test b.test }\ndefault_backend web");
        Assert.Equal(new Dictionary<string, string?> { ["*"] = "api", ["a.test"] = "web", ["b.test"] = "web" }, imported.Routes());
    }

    [Fact]
    public void A_rule_that_an_earlier_one_has_taken_the_names_of_is_left_out()
    {
        var imported = Imported.Frontend("""
            use_backend web if { req.ssl_sni -m end .a.test }
            use_backend api if { req.ssl_sni www.a.test }
            use_backend api if { req.ssl_sni -m end .b.a.test }
            use_backend api if { req.ssl_sni a.test }
            use_backend web if { req.ssl_sni a.test }
            """);
        Assert.Equal(new Dictionary<string, string?> { ["*.a.test"] = "web", ["a.test"] = "api" }, imported.Routes());
        imported.Tells(4, "that of line 3 takes it").Tells(5, "that of line 3 takes it").Tells(7, "that of line 6 takes it");
    }

    [Fact]
    public void A_closer_name_ahead_of_a_wider_one_stays()
    {
        var imported = Imported.Frontend("""
            use_backend api if { req.ssl_sni www.a.test }
            use_backend web if { req.ssl_sni -m end .a.test }
            """);
        Assert.Equal(new Dictionary<string, string?> { ["www.a.test"] = "api", ["*.a.test"] = "web" }, imported.Routes());
    }

    [Fact]
    public void The_default_backend_takes_all_others_with_TLS_or_without()
    {
        var imported = Imported.Frontend("""
            tcp-request inspect-delay 5s
            use_backend api if { req.ssl_sni a.test }
            default_backend web
            """).TellsNothing();
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "api", ["*"] = "web" }, imported.Routes());
        var refusals = imported.Listener().Refusals;
        Assert.Equal(("web", "web", "web"), (refusals.NoSni.Backend, refusals.UnknownSni.Backend, refusals.NotTls.Backend));
    }

    [Fact]
    public void Without_a_default_all_others_are_closed_as_HAProxy_does()
    {
        var refusals = Imported.Frontend("use_backend api if { req.ssl_sni a.test }").Listener().Refusals;
        Assert.Equal((CloseMode.Close, CloseMode.Close, CloseMode.Close), (refusals.NoSni.Mode, refusals.UnknownSni.Mode, refusals.NotTls.Mode));
    }

    [Fact]
    public void Protocols_are_of_the_names_that_follow()
    {
        var imported = Imported.Frontend("""
            use_backend api if { req.ssl_sni a.test } { req.ssl_alpn h2 }
            use_backend web if { req.ssl_sni a.test }
            use_backend api if { req.ssl_alpn acme-tls/1 }
            use_backend web if { req.ssl_sni b.test }
            default_backend web
            """);
        var routes = imported.Settings().Routes.ToDictionary(static route => route.ServerName);
        Assert.Equal([new ProtocolRoute("h2", "api")], routes["a.test"].Protocols);
        Assert.Equal([new ProtocolRoute("acme-tls/1", "api")], routes["b.test"].Protocols);
        Assert.Equal([new ProtocolRoute("acme-tls/1", "api")], routes["*"].Protocols);
        Assert.All(routes.Values, static route => Assert.Equal("web", route.Backend));
    }

    [Fact]
    public void A_name_with_protocols_alone_goes_on_to_the_wider_route()
    {
        var imported = Imported.Frontend("""
            use_backend api if { req.ssl_sni www.a.test } { req.ssl_alpn h2 }
            use_backend web if { req.ssl_sni -m end .a.test }
            """);
        Assert.Equal("web", imported.Routes()["www.a.test"]);
    }

    [Fact]
    public void A_map_is_a_route_for_each_entry()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            use_backend %[req.ssl_sni,lower,map_dom(names.map,web)]
            backend web
            server s 10.0.0.1:443
            backend be.3
            server s 10.0.0.3:443
            backend be:1
            server s 10.0.0.4:443
            """);
        Assert.Equal(
            new Dictionary<string, string?> { ["c.example.org"] = "be.3", ["*.c.example.org"] = "be.3", ["d.example.org"] = "be-1", ["*.d.example.org"] = "be-1", ["*"] = "web" },
            imported.Tells(3, "nowhere").Routes());
    }

    [Fact]
    public void A_backend_without_servers_or_that_is_not_there_is_no_place_to_go()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            use_backend sink if { req.ssl_sni a.test }
            use_backend gone if { req.ssl_sni b.test }
            use_backend plain if { req.ssl_sni c.test }
            use_backend web if { req.ssl_sni d.test }
            backend sink
            backend plain
            mode http
            server s 10.0.0.1:80
            backend web
            server s 10.0.0.1:443
            """);
        Assert.Equal(["d.test"], imported.Tells(3, "no server").Tells(4, "no such backend").Tells(5, "not in mode tcp").Routes().Keys);
    }

    [Fact]
    public void Two_frontends_that_lead_a_name_to_two_places_are_told()
    {
        var imported = Imported.Text($"""
            frontend one
            bind 127.0.0.1:443
            use_backend web if TRUE
            frontend two
            bind 127.0.0.1:444
            use_backend api if TRUE
            {Imported.Rest}
            """);
        Assert.Equal("web", imported.Tells(6, "a second Edge").Routes()["*"]);
        Assert.Equal(2, imported.Settings().Listeners.Count);
    }

    [Fact]
    public void Rules_for_contents_decide_who_comes_so_far()
    {
        var imported = Imported.Frontend("""
            acl known req.ssl_sni a.test b.test
            tcp-request content reject unless known
            use_backend web if { req.ssl_sni a.test }
            use_backend api if { req.ssl_sni c.test }
            default_backend api
            """);
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "web", ["b.test"] = "api" }, imported.Tells(6, "\"c.test\" is turned away").Routes());
        Assert.Equal(CloseMode.Close, imported.Listener().Refusals.UnknownSni.Mode);
    }
}
