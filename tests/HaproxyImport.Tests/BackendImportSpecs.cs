using EdgeActors.Settings;

namespace HaproxyImport.Tests;

/// <summary>Backends, their servers and what HAProxy does without a word on it.</summary>
public sealed class BackendImportSpecs
{
    [Fact]
    public void What_HAProxy_does_without_a_word_is_written_where_Edge_does_otherwise()
    {
        var web = Imported.Backend("server s1 10.0.0.1:443").Web();
        Assert.Equal(ProxyProtocol.Off, web.ProxyProtocol);
        Assert.False(web.Health.Enabled);
        Assert.False(web.Pool.Redispatch);
        Assert.Equal(new RelayTimeouts(null, null, null, null, null), web.Timeouts);
    }

    [Fact]
    public void Timeouts_are_those_of_the_backend_and_of_the_frontend_that_leads_there()
    {
        var imported = Imported.Text("""
            defaults
            timeout connect 500
            timeout client 1m
            timeout server 2m
            timeout client-fin 10s
            frontend tls
            bind 127.0.0.1:443
            timeout client 90s
            default_backend web
            backend web
            timeout tunnel 1h
            timeout server-fin 1500ms
            server s1 10.0.0.1:443
            """).Tells(6, "where the server speaks first");
        Assert.Equal(
            new RelayTimeouts(
                TimeSpan.FromHours(1),
                TimeSpan.FromSeconds(90),
                TimeSpan.FromMinutes(2),
                TimeSpan.FromSeconds(10),
                TimeSpan.FromSeconds(1.5)), imported.Web().Timeouts);
        Assert.Equal(
            (TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500)), (imported.Web().ConnectTimeout, imported.Web().RetryDelay));
    }

    [Theory]
    [InlineData("s1 10.0.0.1:443", "10.0.0.1:443")]
    [InlineData("s1 ipv4@10.0.0.1:443", "10.0.0.1:443")]
    [InlineData("s1 fd00::1:443", "[fd00::1]:443")]
    [InlineData("s1 [fd00::1]:443", "[fd00::1]:443")]
    [InlineData("s1 web.internal:443", "Unspecified/web.internal:443")]
    public void Addresses_of_servers(string server, string address) =>
        Assert.Equal(address, Assert.Single(Imported.Backend($"server {server}").Web().Servers).EndPoint.ToString());

    [Theory]
    [InlineData("s1 10.0.0.1", "needs a port")]
    [InlineData("s1 10.0.0.1:+1", "needs a port")]
    [InlineData("s1 :443", "needs a port")]
    [InlineData("s1 udp@10.0.0.1:53", "TCP and Unix sockets alone")]
    [InlineData("s1 10.0.0.1:70000", "needs a port")]
    [InlineData("s1 1:443", "neither an address nor the name")]
    public void Servers_that_Edge_cannot_dial_are_told(string server, string words)
    {
        var imported = Imported.Backend($"server {server}\nserver s2 10.0.0.2:443").Tells(5, words);
        Assert.Equal("s2", Assert.Single(imported.Web().Servers).Name);
    }

    [Theory]
    [InlineData("unix@/run/s", "unix:/run/s")]
    [InlineData("/run/s", "unix:/run/s")]
    [InlineData("abns@name", "unix:@name")]
    public void Unix_sockets_are_servers(string address, string written) =>
        Assert.Contains($"address = \"{written}\"", Imported.Backend($"server s1 {address}").TellsNothingOf(5).Hocon);

    [Fact]
    public void A_template_is_a_server_for_each_address() => Assert.Contains(
        "{ name = \"s\", address = \"web.internal:443\", addresses = all }",
        Imported.Backend("server-template s 3 web.internal:443").Hocon);

    [Theory]
    [InlineData("server s1 10.0.0.1:443 source 10.0.0.9\nserver s2 10.0.0.2:443 source 10.0.0.9", "10.0.0.9")]
    [InlineData("source 10.0.0.8\nserver s1 10.0.0.1:443\nserver s2 10.0.0.2:443", "10.0.0.8")]
    [InlineData("server s1 10.0.0.1:443 source 10.0.0.9\nserver s2 10.0.0.2:443", null)]
    public void A_source_is_the_backends_if_all_servers_have_it(string lines, string? source)
    {
        var imported = Imported.Backend(lines);
        Assert.Equal(source, imported.Web().Source?.ToString());
        if (source is null)
            imported.Tells(5, "this backend's servers differ");
    }

    [Theory]
    [InlineData("option tcpka", "keepalive = 2h")]
    [InlineData("option srvtcpka\nsrvtcpka-idle 30", "keepalive = 30s")]
    [InlineData("option srvtcpka\nsrvtcpka-idle 2m", "keepalive = 2m")]
    public void Keepalive_is_for_both_sides(string lines, string written) =>
        Assert.Contains(written, Imported.Backend($"{lines}\nserver s1 10.0.0.1:443").TellsNothingOf(5).Hocon);

    [Fact]
    public void Names_that_become_the_same_have_a_number()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            use_backend be:one if { req.ssl_sni a.test }
            use_backend be-one if { req.ssl_sni b.test }
            use_backend be/one if { req.ssl_sni c.test }
            backend be:one
            server s:1 10.0.0.1:443
            server s/1 10.0.0.2:443
            backend be-one
            server s1 10.0.0.3:443
            backend be/one
            server s1 10.0.0.4:443
            """);
        Assert.Equal(
            new Dictionary<string, string?> { ["a.test"] = "be-one-2", ["b.test"] = "be-one", ["c.test"] = "be-one-3" }, imported.Routes());
        Assert.Equal(["s-1", "s-1-2"], imported.Settings().Backends["be-one-2"].Servers.Select(static server => server.Name));
        Assert.Equal("10.0.0.4:443", imported.Settings().Backends["be-one-3"].Servers[0].EndPoint.ToString());
    }

    [Fact]
    public void Options_of_a_server_stand_over_the_defaults()
    {
        var imported = Imported.Text("""
            defaults
            default-server weight 5 maxconn 10 send-proxy-v2 check
            frontend tls
            bind 127.0.0.1:443
            tcp-request inspect-delay 5s
            default_backend web
            backend web
            default-server maxconn 20 slowstart 1m
            server s1 10.0.0.1:443
            server s2 10.0.0.2:443 weight 0 maxconn 0 backup
            server s3 10.0.0.3:443 disabled
            """);
        var servers = imported.Tells(11, "weight = 0").Web().Servers;
        Assert.Equal([5, 0, 0], servers.Select(static server => server.Weight));
        Assert.Equal([20, 0, 20], servers.Select(static server => server.MaxConnections));
        Assert.Equal([false, true, false], servers.Select(static server => server.IsBackup));
        Assert.All(servers, static server => Assert.Equal(TimeSpan.FromMinutes(1), server.SlowStart));
        Assert.Equal(ProxyProtocol.V2, imported.Web().ProxyProtocol);
    }

    [Fact]
    public void A_weight_of_one_server_is_in_proportion_to_HAProxys_usual_one()
    {
        Assert.Equal(
            [1, 3],
            Imported.Backend("server s1 10.0.0.1:443\nserver s2 10.0.0.2:443 weight 3")
                .Web().Servers.Select(static server => server.Weight));
        Assert.Equal(
            [100, 100],
            Imported.Backend("server s1 10.0.0.1:443\nserver s2 10.0.0.2:443").Web().Servers.Select(static server => server.Weight));
    }

    [Theory]
    [InlineData("", BalanceAlgorithm.RoundRobin)]
    [InlineData("balance static-rr", BalanceAlgorithm.RoundRobin)]
    [InlineData("balance leastconn", BalanceAlgorithm.LeastConnections)]
    [InlineData("balance source", BalanceAlgorithm.Source)]
    [InlineData("balance first", BalanceAlgorithm.First)]
    [InlineData("balance random", BalanceAlgorithm.Random)]
    [InlineData("balance random(2)", BalanceAlgorithm.Random)]
    [InlineData("balance random(5)", BalanceAlgorithm.Random)]
    [InlineData("balance uri", BalanceAlgorithm.RoundRobin)]
    public void Algorithms(string line, BalanceAlgorithm algorithm)
    {
        var imported = Imported.Backend($"{line}\nserver s1 10.0.0.1:443");
        Assert.Equal(algorithm, imported.Web().Pool.Balance);
        if (line.EndsWith("(5)", StringComparison.Ordinal) || line.EndsWith("uri", StringComparison.Ordinal))
            imported.Tells(5, "was taken");
    }

    [Theory]
    [InlineData("option redispatch", true)]
    [InlineData("option redispatch\nno option redispatch", false)]
    [InlineData("no option redispatch", false)]
    public void Redispatch(string lines, bool on) =>
        Assert.Equal(on, Imported.Backend($"{lines}\nserver s1 10.0.0.1:443").Web().Pool.Redispatch);

    [Theory]
    [InlineData("send-proxy", ProxyProtocol.V1)]
    [InlineData("send-proxy-v2", ProxyProtocol.V2)]
    [InlineData("send-proxy-v2-ssl-cn", ProxyProtocol.V2)]
    [InlineData("send-proxy-v2 no-send-proxy-v2", ProxyProtocol.Off)]
    public void What_a_server_is_told(string options, ProxyProtocol version) =>
        Assert.Equal(version, Imported.Backend($"server s1 10.0.0.1:443 {options}").Web().ProxyProtocol);

    [Fact]
    public void Fields_of_the_header()
    {
        var imported = Imported.Backend(
            "server s1 10.0.0.1:443 send-proxy-v2 proxy-v2-options crc32c,ssl,unique-id set-proxy-v2-tlv-fmt(0x02) %[req.ssl_sni]");
        Assert.Equal(ProxyTlvs.Crc32C | ProxyTlvs.UniqueId | ProxyTlvs.Authority, imported.Tells(5, "ssl").Web().ProxyTlvs.Send);
    }

    [Fact]
    public void A_queue_is_that_of_servers_which_can_be_full()
    {
        Assert.Equal(
            TimeSpan.FromSeconds(7), Imported.Backend("timeout connect 7s\nserver s1 10.0.0.1:443 maxconn 5").Web().Pool.Queue.Timeout);
        Assert.Equal(
            TimeSpan.FromSeconds(9),
            Imported.Backend("timeout connect 7s\ntimeout queue 9s\nserver s1 10.0.0.1:443 maxconn 5").Web().Pool.Queue.Timeout);
        Assert.DoesNotContain("queue", Imported.Backend("timeout connect 7s\nserver s1 10.0.0.1:443").Hocon);
    }

    [Fact]
    public void Names_are_looked_up_as_often_as_the_resolvers_hold_them()
    {
        const string Resolvers = "\nresolvers dns\nhold valid 30s";
        var once = Imported.Backend("server s1 web.internal:443").Web().Pool.Resolve;
        Assert.Equal(new ResolveSettings(null, true), once);
        var again = Imported.Backend("server s1 web.internal:443 resolvers dns init-addr last,libc,none" + Resolvers).Web().Pool.Resolve;
        Assert.Equal(new ResolveSettings(TimeSpan.FromSeconds(30), false), again);
    }

    [Fact]
    public void At_the_limit_of_servers_all_are_written_and_beyond_it_the_rest_is_told()
    {
        static string Servers(int count) => string.Join('\n', Enumerable.Range(1, count).Select(static i => $"server s{i} 10.0.0.1:{i}"));
        Assert.Equal(64, Imported.Backend(Servers(64)).Web().Servers.Count);
        Assert.Equal(64, Imported.Backend(Servers(65)).Tells(69, "at most 64").Web().Servers.Count);
    }

    [Fact]
    public void What_most_backends_say_is_said_once()
    {
        var imported = Imported.Text("""
            frontend tls
            bind 127.0.0.1:443
            default_backend a
            backend a
            timeout tunnel 1m
            server s1 10.0.0.1:443
            backend b
            timeout tunnel 1m
            server s1 10.0.0.2:443
            backend c
            timeout tunnel 2m
            server s1 10.0.0.3:443
            """);
        Assert.Contains("backend-defaults", imported.Hocon);
        Assert.Single(imported.Hocon.Split('\n'), static line => line.Contains("tunnel = 1m", StringComparison.Ordinal));
        Assert.Equal(
            [1, 1, 2], new[] { "a", "b", "c" }.Select(name => imported.Settings().Backends[name].Timeouts.Tunnel!.Value.TotalMinutes));
    }
}
