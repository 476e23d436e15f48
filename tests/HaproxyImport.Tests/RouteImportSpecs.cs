using EdgeActors.Settings;

namespace HaproxyImport.Tests;

/// <summary><c>use_backend</c> and <c>default_backend</c> as routes: HAProxy takes the first rule that holds, Edge the closest
/// name.</summary>
public sealed partial class RouteImportSpecs
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
    [InlineData("{ req.ssl_sni a.test } !{ req.ssl_sni b.test }", "a.test")]
    [InlineData("{ req.ssl_sni a.test b.test } { req.ssl_sni b.test c.test }", "b.test")]
    [InlineData(@"{ req.ssl_sni -m reg ^(a|b|www\.(c|d))\.test$ }", "a.test b.test www.c.test www.d.test")]
    [InlineData(@"{ req.ssl_sni -m reg ^(?:www\.)?a\.test$ }", "www.a.test a.test")]
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
    [InlineData("{ req.ssl_sni -f none.lst }", "none.lst cannot be read")]
    [InlineData("{ req.ssl_sni a.test } { req.ssl_sni b.test }", "no client comes to this rule")]
    [InlineData(@"{ req.ssl_sni -m reg ^(a|b)+\.test$ }", "regular expressions")]
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

    /// <summary>A name that a negated rule excepts goes on to the next rules, and is refused if no rule holds for it.</summary>
    [Theory]
    [InlineData(
        "use_backend api unless { req.ssl_sni a.test b.test }\nuse_backend web if { req.ssl_sni a.test }", "*=api a.test=web b.test=Close")]
    [InlineData("use_backend api unless { req.ssl_sni a.test b.test }\ndefault_backend web", "*=api a.test=web b.test=web")]
    [InlineData("use_backend web if { req.ssl_hello_type 1 }\nuse_backend api unless { req.ssl_sni x.test }\ndefault_backend api", "*=web")]
    [InlineData("use_backend web if !a !b\nuse_backend api if !b\nuse_backend web if b", "*=web a.test=api")]
    [InlineData("use_backend api if !a\nuse_backend web if { req.ssl_hello_type 1 }", "*=api a.test=web")]
    [InlineData("tcp-request content silent-drop if !a !b\nuse_backend web if !a\ndefault_backend api", "a.test=api b.test=web")]
    public void Names_that_a_rule_excepts_go_on_to_the_next_ones(string rules, string routes)
    {
        var imported = Imported.Frontend($"acl a req.ssl_sni a.test\nacl b req.ssl_sni b.test\n{rules}");
        Assert.Equal(
            routes.Split(' '), imported.Routes().Select(static route => $"{route.Key}={route.Value}").Order(StringComparer.Ordinal));
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
        imported.Tells(4, "no client comes to this rule").Tells(5, "no client comes").TellsNothingOf(6).Tells(7, "no client comes");
    }

    /// <summary>Only silent clients have a length of zero.</summary>
    [Theory]
    [InlineData("req.len 0", "api", "web", "web")]
    [InlineData("req_len lt 1", "api", "web", "web")]
    [InlineData("req.len gt 0", "web", "api", "api")]
    [InlineData("req.len 5:", "web", "api", "api")]
    [InlineData("req.len ge 0", "api", "api", "api")]
    public void A_length_tells_clients_that_send_nothing_from_others(string length, string silent, string plain, string named)
    {
        var imported = Imported.Frontend(
            $"use_backend api if {{ {length} }}\nuse_backend web if {{ req.ssl_sni a.test }}\ndefault_backend web");
        var refusals = imported.Listener().Refusals;
        Assert.Equal((silent, plain, named), (refusals.Silent.Backend, refusals.NotTls.Backend, imported.Routes()["*"]));
    }

    [Theory]
    [InlineData("req.len gt 500", "knows no other length")]
    [InlineData("req.len -m str 5", "expected numbers")]
    [InlineData("wait_end 0", "nothing like 'wait_end'")]
    public void A_length_that_Edge_does_not_know_is_lost(string test, string words)
    {
        var imported = Imported.Frontend($"use_backend api if {{ {test} }}\nuse_backend web if {{ req.ssl_sni a.test }}").Tells(3, words);
        Assert.Equal(["a.test"], imported.Routes().Keys);
    }

    [Fact]
    public void A_value_that_no_name_has_is_left_out_alone()
    {
        var imported = Imported.Frontend("use_backend web if { req.ssl_sni -i a.test *.b.test 10.0.0.1 c.test, || d.test }");
        Assert.Equal(["a.test", "d.test"], imported.Routes().Keys);
        imported.Tells(3, "*.b.test").Tells(3, "10.0.0.1").Tells(3, "c.test,").Tells(3, "||");
        Assert.All(imported.Notes, static note => Assert.Equal(ImportNoteKind.Lost, note.Kind));
    }

    [Fact]
    public void A_name_is_refused_beside_a_wildcard()
    {
        var imported = Imported.Frontend("""
            tcp-request content silent-drop if { req.ssl_sni internal.a.test }
            tcp-request content reject if { req.ssl_sni -m end .x.a.test }
            use_backend web if { req.ssl_sni -m end .a.test }
            """).TellsNothing();
        Assert.Equal(
            new Dictionary<string, string?> { ["*.a.test"] = "web", ["internal.a.test"] = "SilentDrop", ["*.x.a.test"] = "Close" },
            imported.Routes());
    }

    [Fact]
    public void Rules_of_the_defaults_come_first()
    {
        var imported = Imported.Text($$"""
            defaults named
            tcp-request inspect-delay 5s
            acl internal req.ssl_sni internal.test
            tcp-request content reject if internal
            frontend tls from named
            bind 127.0.0.1:443
            tcp-request content accept if { req.ssl_hello_type 1 }
            default_backend web
            {{Imported.Rest}}
            """);
        Assert.Equal(new Dictionary<string, string?> { ["internal.test"] = "Close", ["*"] = "web" }, imported.TellsNothingOf(4).Routes());
    }

    [Fact]
    public void A_backends_own_rule_refuses_its_clients()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            tcp-request inspect-delay 5s
            tcp-request content accept if { req.ssl_hello_type 1 }
            default_backend web
            backend web
            tcp-request inspect-delay 5s
            tcp-request content reject if { req.ssl_sni a.test }
            server s1 10.0.0.1:443
            """);
        Assert.Equal(new Dictionary<string, string?> { ["a.test"] = "Close", ["*"] = "web" },
            imported.Tells(7, "nothing to do").TellsNothingOf(8).Routes());
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
        Assert.Equal(
            (CloseMode.Close, CloseMode.Close, CloseMode.Close), (refusals.NoSni.Mode, refusals.UnknownSni.Mode, refusals.NotTls.Mode));
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
        // b.test has the outcome of all other names.
        Assert.Equal(["*", "a.test"], routes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new ProtocolRoute("acme-tls/1", "api")], routes["*"].Protocols);
        Assert.All(routes.Values, static route => Assert.Equal("web", route.Backend));
    }

    /// <summary>A rule may ask for clients that do not offer a protocol. HAProxy compares each protocol of the list.</summary>
    [Theory]
    [InlineData("!{ req.ssl_alpn h2 }", "api", "h2=web")]
    [InlineData("{ req.ssl_alpn -m sub http }", "web", "http/1.1=api http/1.0=api")]
    public void Protocols_are_compared_one_by_one(string condition, string otherwise, string protocols)
    {
        var any = Assert
            .Single(Imported.Frontend($"use_backend api if {condition} {{ req.ssl_sni -m found }}\ndefault_backend web").Settings().Routes);
        Assert.Equal((otherwise, protocols),
            (any.Backend, string.Join(' ', any.Protocols.Select(static route => $"{route.Protocol}={route.Backend}"))));
    }

    /// <summary>Edge compares protocols only for names with a route, and the first protocol decides.</summary>
    [Theory]
    [InlineData("{ req.ssl_alpn h2 }", 3, "clients without a server name that offer h2 backend 'api', Edge backend 'web'")]
    [InlineData("{ req.ssl_alpn h2 } { req.ssl_alpn http/1.1 } { req.ssl_sni -m found }", 3,
        "that offer h2, http/1.1 backend 'api', Edge backend 'web'")]
    public void Protocols_that_Edge_does_not_look_at_are_told(string condition, int line, string words) =>
        Imported.Frontend($"use_backend api if {condition}\ndefault_backend web").Tells(line, words);

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
            "*.c.example.org=be.3 *.d.example.org=be-1 *.e.example.org=Close *=web c.example.org=be.3 d.example.org=be-1 "
                + "e.example.org=Close",
            string.Join(' ',
                imported.Tells(3, "nowhere").Routes().Select(static route => $"{route.Key}={route.Value}").Order(StringComparer.Ordinal)));
        // Without a name there is nothing to look up in a map.
        Assert.Equal((null, null, CloseMode.Close), (imported.Listener().Refusals.NoSni.Backend,
            imported.Listener().Refusals.NotTls.Backend, imported.Listener().Refusals.NoSni.Mode));
    }
}
