using System.Net;
using EdgeActors.Settings;

namespace HaproxyImport.Tests;

/// <summary><c>tcp-request</c> rules and stick tables as limits, lists and refusals of a listener.</summary>
public sealed class AdmissionImportSpecs
{
    private const string Table = "stick-table type ip size 100k expire 60s store conn_rate(5s),conn_cur\ntcp-request connection track-sc0 src\n";

    [Theory]
    [InlineData("sc_conn_rate(0) ge 50", 49)]
    [InlineData("sc_conn_rate(0) gt 50", 50)]
    [InlineData("sc0_conn_rate ge 2", 1)]
    [InlineData("sc0_conn_rate(tls) 51:", 50)]
    [InlineData("src_conn_rate gt 50", 50)]
    [InlineData("src_conn_rate(tls) ge 50", 49)]
    public void A_rate_is_a_limit(string test, int limit)
    {
        var rate = Imported.Frontend($"{Table}tcp-request content silent-drop if {{ {test} }}\ndefault_backend web")
            .TellsNothing()
            .Listener().RateLimit!;
        Assert.Equal(
            (limit, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60), 102_400, (int?)null),
            (rate.Limit, rate.Per, rate.Expire, rate.TableSize, rate.MaxConnections));
    }

    /// <summary>There the table does not know of the connection yet that is asked about.</summary>
    [Fact]
    public void A_table_that_is_asked_ahead_of_the_counting_lets_one_more_in()
    {
        var imported = Imported.Frontend("""
            stick-table type ip size 100k expire 60s store conn_rate(5s)
            tcp-request connection silent-drop if { src_conn_rate ge 50 }
            tcp-request content track-sc0 src
            default_backend web
            """);
        Assert.Equal(50, imported.Listener().RateLimit!.Limit);
    }

    [Fact]
    public void A_limit_of_nobody_is_told() =>
        Assert.Null(
            Imported.Frontend($"{Table}tcp-request content silent-drop if {{ sc0_conn_rate ge 1 }}\ndefault_backend web")
                .Tells(5, "0 is no limit")
                .Listener().RateLimit);

    [Fact]
    public void Open_connections_are_a_limit_of_their_own()
    {
        var limit = Imported.Frontend($"{Table}tcp-request content silent-drop if {{ sc0_conn_cur gt 20 }}\ndefault_backend web")
            .TellsNothing()
            .Listener().RateLimit!;
        Assert.Equal(((int?)null, 20), (limit.Limit, limit.MaxConnections));
    }

    [Fact]
    public void Without_a_rule_there_is_no_limit_as_with_HAProxy() =>
        Assert.Null(Imported.Frontend("default_backend web").Listener().RateLimit);

    [Fact]
    public void A_counter_that_nothing_counts_for_never_holds()
    {
        var imported = Imported.Frontend("tcp-request content silent-drop if { sc0_conn_rate gt 5 }\ndefault_backend web");
        Assert.Null(imported.Tells(3, "it never holds").Listener().RateLimit);
    }

    [Fact]
    public void Addresses_may_be_cut_to_networks()
    {
        var key = Imported.Frontend($"""
            stick-table type ipv6 size 1k store conn_rate(10s)
            tcp-request connection track-sc0 src,ipmask(24,56)
            tcp-request connection silent-drop if {Braces("sc0_conn_rate gt 9")}
            default_backend web
            """).Listener().RateLimit!;
        Assert.Equal((24, 56, TimeSpan.FromSeconds(60)), (key.Key.IPv4, key.Key.IPv6, key.Expire));
    }

    [Theory]
    [InlineData("silent-drop", CloseMode.SilentDrop)]
    [InlineData("reject", CloseMode.Close)]
    public void Clients_without_TLS_or_a_name_are_refused_in_the_same_manner(string action, CloseMode mode)
    {
        var refusals = Imported.Frontend($"""
            tcp-request inspect-delay 3s
            tcp-request content {action} if {Braces("req_ssl_hello_type 1", "!")}
            use_backend web if {Braces("req.ssl_sni a.test")}
            default_backend api
            """).TellsNothing().Listener().Refusals;
        Assert.Equal((mode, (string?)null), (refusals.NotTls.Mode, refusals.NotTls.Backend));
        Assert.Equal("api", refusals.NoSni.Backend);

        refusals = Imported.Frontend($"tcp-request content {action} unless {Braces("req.ssl_sni a.test")}\nuse_backend web if {Braces("req.ssl_sni a.test")}").Listener().Refusals;
        Assert.Equal((mode, mode, mode), (refusals.NotTls.Mode, refusals.NoSni.Mode, refusals.UnknownSni.Mode));
    }

    [Fact]
    public void What_is_accepted_is_not_refused_later()
    {
        var listener = Imported.Frontend("""
            tcp-request inspect-delay 250
            tcp-request content accept if { req_ssl_hello_type 1 }
            tcp-request content reject
            default_backend web
            """).TellsNothing().Listener();
        Assert.Equal(TimeSpan.FromMilliseconds(250), listener.HelloTimeout);
        Assert.Equal(("web", CloseMode.Close), (listener.Refusals.NoSni.Backend, listener.Refusals.NotTls.Mode));
    }

    [Theory]
    [InlineData("silent-drop if { src 10.0.0.0/8 }", "10.1.2.3", "11.0.0.1")]
    [InlineData("silent-drop if !{ src 10.0.0.0/8 }", "11.0.0.1", "10.1.2.3")]
    [InlineData("silent-drop unless { src 10.0.0.0/8 } or { src 192.0.2.1 }", "192.0.2.2", "192.0.2.1")]
    [InlineData("silent-drop if { src 10.0.0.0/255.0.0.0 } !{ src 10.9.0.0/16 }", "10.1.2.3", "10.9.0.1")]
    [InlineData("silent-drop if { src -f blocked.lst }", "203.0.113.9", "198.51.100.1")]
    [InlineData("silent-drop if { src 2001:db8::/32 }", "2001:db8::1", "2001:db9::1")]
    [InlineData("silent-drop if LOCALHOST", "127.0.0.9", "128.0.0.1")]
    public void Networks_are_lists(string rule, string denied, string allowed)
    {
        var access = Imported.Frontend($"tcp-request connection {rule}\ndefault_backend web").Listener().Access!;
        Assert.False(Allows(access, denied));
        Assert.True(Allows(access, allowed));
    }

    /// <summary>A list of addresses with one line per address, as one ACL or as rules.</summary>
    [Theory]
    [InlineData("acl bad src ADDRESS", "tcp-request connection silent-drop if bad")]
    [InlineData("tcp-request connection silent-drop if { src ADDRESS }", "default_backend web")]
    public void Hundreds_of_addresses_are_one_list(string line, string last)
    {
        var lines = Enumerable.Range(0, 500).Select(i => line.Replace("ADDRESS", $"10.0.{i / 250}.{i % 250}", StringComparison.Ordinal));
        var access = Imported.Frontend($"{string.Join('\n', lines)}\n{last}\ndefault_backend web").TellsNothing().Listener().Access!;
        Assert.False(Allows(access, "10.0.0.0") || Allows(access, "10.0.1.249"));
        Assert.True(Allows(access, "10.0.1.250"));
    }

    /// <summary>In HAProxy it is the first rule that decides; a network within one that was decided before is left out.</summary>
    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.0.1", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "10.1.0.1", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "10.2.0.1", false)]
    public void The_first_rule_decides(string accepted, string dropped, string address, bool allowed)
    {
        var access = Imported.Frontend($"""
            tcp-request connection accept if {Braces($"src {accepted}")}
            tcp-request connection silent-drop if {Braces($"src {dropped} 192.0.2.0/24")}
            default_backend web
            """).Listener().Access!;
        Assert.Equal(allowed, Allows(access, address));
        Assert.False(Allows(access, "192.0.2.1"));
        Assert.True(Allows(access, "198.51.100.1"));
    }

    /// <summary>To accept ends one set of rules: those for contents are asked all the same.</summary>
    [Theory]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.1.0.1", false)]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "10.2.0.1", true)]
    [InlineData("10.1.0.0/16", "10.0.0.0/8", "10.1.0.1", false)]
    [InlineData("10.1.0.0/16", "10.1.0.0/16", "10.1.0.1", false)]
    public void What_is_accepted_as_a_connection_may_be_dropped_for_its_contents(
        string accepted, string dropped, string address, bool allowed)
    {
        var access = Imported.Frontend($"""
            tcp-request content silent-drop if {Braces($"src {dropped}")}
            tcp-request connection accept if {Braces($"src {accepted}")}
            default_backend web
            """).Listener().Access!;
        Assert.Equal(allowed, Allows(access, address));
    }

    [Fact]
    public void Rules_that_HAProxy_never_comes_to_are_left_out()
    {
        var imported = Imported.Frontend($"""
            {Table}tcp-request content accept if {Braces("req_ssl_hello_type 1")}
            tcp-request content silent-drop if {Braces("sc0_conn_rate gt 5")}
            tcp-request content silent-drop if {Braces("req.ssl_sni a.test", "!")}
            use_backend web if {Braces("req.ssl_sni b.test")}
            """);
        Assert.Null(imported.Tells(6, "it was left out").Listener().RateLimit);
        Assert.Equal(["b.test"], imported.Routes().Keys);
        Assert.Equal(
            (CloseMode.Close, CloseMode.SilentDrop),
            (imported.Listener().Refusals.UnknownSni.Mode, imported.Listener().Refusals.NotTls.Mode));
        // Accepted as a connection, it is still counted.
        Assert.Equal(5, Imported.Frontend($"tcp-request connection accept\n{Table}tcp-request content silent-drop if {{ sc0_conn_rate gt 5 }}\ndefault_backend web").Listener().RateLimit!.Limit);
    }

    [Theory]
    [InlineData("tcp-request content reject if { req.ssl_sni a.test } { src 10.0.0.0/8 }", "THIS RULE DOES NOT HOLD")]
    [InlineData("tcp-request content reject if { req.ssl_ver lt 3 }", "THIS RULE DOES NOT HOLD")]
    [InlineData("tcp-request content tarpit if TRUE", "no such action")]
    [InlineData("tcp-request connection track-sc0 dst", "by address, and by nothing else")]
    [InlineData("tcp-request content reject if { sc_conn_rate(0) gt 5 }", "it never holds")]
    public void A_rule_that_is_lost_is_told(string rule, string words) => Imported.Frontend($"{rule}\ndefault_backend web").Tells(3, words);

    [Fact]
    public void A_name_that_is_turned_away_has_no_route()
    {
        const string Rules = "tcp-request content reject if { req.ssl_sni a.test }\nuse_backend web if { req.ssl_sni a.test b.test }\n";
        Assert.Equal(["b.test"], Imported.Frontend(Rules).Tells(3, "nothing to do").Routes().Keys);
        // With a route for all other names, it needs a route, too.
        Assert.Equal("Close", Imported.Frontend(Rules + "default_backend api").TellsNothing().Routes()["a.test"]);
    }

    [Fact]
    public void A_listener_that_refuses_all_has_no_route()
    {
        var imported = Imported.Frontend("tcp-request content silent-drop\ndefault_backend web");
        Assert.Empty(imported.Routes());
        Assert.Equal(CloseMode.SilentDrop, imported.Listener().Refusals.UnknownSni.Mode);
    }

    /// <summary>Networks that HAProxy accepts before it counts, and those that its rule excepts, have no limit.</summary>
    [Theory]
    [InlineData("tcp-request connection accept if { src 10.0.0.0/8 }\n{0}tcp-request connection reject if { sc0_conn_rate gt 9 }")]
    [InlineData("{0}tcp-request connection reject if { sc0_conn_rate gt 9 } !{ src 10.0.0.0/8 }")]
    [InlineData("{0}tcp-request connection reject if { sc0_conn_rate gt 9 } !{ src 10.0.0.0/8 10.9.0.0/16 }")]
    public void Networks_may_be_excepted_from_limits(string rules) =>
        Assert.Contains("except = [\"10.0.0.0/8\"]",
            Imported.Frontend(rules.Replace("{0}", Table, StringComparison.Ordinal) + "\ndefault_backend web").Hocon);

    [Fact]
    public void A_file_of_networks_may_be_excepted_from_limits() => Assert.Contains(
        "except-file = [\"blocked.lst\"]",
        Imported.Frontend(
            $"{Table}tcp-request connection reject if {{ sc0_conn_rate gt 9 }} !{{ src -f blocked.lst }}\ndefault_backend web").Hocon);

    [Fact]
    public void A_limit_of_one_network_alone_is_told() => Assert.Null(
        Imported.Frontend($"{Table}tcp-request connection reject if {{ sc0_conn_rate gt 9 }} {{ src 10.0.0.0/8 }}\ndefault_backend web")
            .Tells(5, "it was left out").Listener().RateLimit);

    [Fact]
    public void A_variable_is_what_was_put_into_it()
    {
        var imported = Imported.Frontend("""
            tcp-request content set-var(sess.name) req.ssl_sni
            tcp-request content silent-drop if !{ var(sess.name) -m str a.test }
            use_backend web if { var(sess.name) a.test }
            """);
        Assert.Equal(["a.test"], imported.Routes().Keys);
        Assert.Equal(CloseMode.SilentDrop, imported.Listener().Refusals.UnknownSni.Mode);
    }

    [Theory]
    [InlineData("tcp-request connection expect-proxy layer4 if { src 10.0.0.0/8 fd00::/8 }", "10.0.0.0/8 fd00::/8")]
    [InlineData("tcp-request connection expect-proxy layer4", "0.0.0.0/0 ::/0")]
    public void Who_may_send_a_PROXY_header(string rule, string networks) =>
        Assert.Equal(networks, string.Join(' ', Imported.Frontend($"{rule}\ndefault_backend web").Listener().AcceptProxy!));

    private static bool Allows(AccessList access, string address) => !access.Denies(AddressKey.From(IPAddress.Parse(address)));

    private static string Braces(string inside, string not = "") => $"{not}{{ {inside} }}";
}
