using System.Net;
using Akka.Configuration;
using EdgeActors.Admission;
using EdgeActors.Config;
using EdgeActors.Settings;

namespace EdgeActors.Tests.Config;

public class EdgeSettingsReaderSpecs
{
    private static EdgeSettings Read(string text, Func<string, string?>? environment = null)
    {
        var result = EdgeSettingsReader.ReadText(text, "my.conf", environment ?? (static _ => null));
        Assert.Empty(result.Errors.Select(static m => m.ToString()));
        return result.Settings!;
    }

    private static string With(string edge) => $$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "a.example" = web }
          backends { web { servers = ["127.0.0.1:9001"] } }
          {{edge}}
        }
        """;

    [Fact]
    public void Received_fields_are_passed_on_by_name_or_type()
    {
        var web = Read(With("backends.web.proxy-tlvs { send = [crc32c], pass = [0xE1, 0x4, unique-id, ssl] }")).Backends["web"];
        Assert.Equal(
            new ProxyTlvSettings(ProxyTlvs.Crc32C, default(TlvTypes).With(0xe1).With(4).With(5).With(0x20)), web.ProxyTlvs);
    }

    [Fact]
    public void Defaults_of_the_file_come_before_the_built_in_ones_and_a_backends_own_before_both()
    {
        var settings = Read(With("""
            backend-defaults { retries = 5, health { fall = 7, interval = 3s } }
            backends.web.health.fall = 9
            backends.plain { servers = ["[::1]:2"], health { enabled = off }, proxy-protocol = off, timeouts { tunnel = 1h, client = off, server-fin = 3s } }
            """));
        Assert.Equal(
            (5, 9, 3, 2),
            (
                settings.Backends["web"].Retries,
                settings.Backends["web"].Health.Fall,
                settings.Backends["web"].Health.Interval.Seconds,
                settings.Backends["web"].Health.Rise));
        Assert.Equal(
            (5, 7, false),
            (settings.Backends["plain"].Retries, settings.Backends["plain"].Health.Fall, settings.Backends["plain"].Health.Enabled));
        Assert.Equal(
            (ProxyProtocol.Off, TimeSpan.FromHours(1)),
            (settings.Backends["plain"].ProxyProtocol, settings.Backends["plain"].Timeouts.Tunnel));
        Assert.Equal(
            new RelayTimeouts(
                TimeSpan.FromHours(1), null, TimeSpan.FromSeconds(20), null, TimeSpan.FromSeconds(3)), settings.Backends["plain"].Timeouts);
    }

    [Fact]
    public void Every_key_of_a_check_may_be_given()
    {
        var health = Read(With("""
            backends.web.health { check = https, interval = 10s, fast-interval = 1s, down-interval = 5s, spread = 0, send-proxy = proxy, sni = "Www.Example.",
              http { method = HEAD, path = "/health?a=b", host = "h.example:8443", expect = 200 },
              observe = connect, error-limit = 1, on-error = mark-down, on-marked-down = shutdown-sessions }
            """)).Backends["web"].Health;
        Assert.Equal(
            (CheckKind.Https, 10, 1, 5, 0),
            (health.Check, health.Interval.Seconds, health.FastInterval.Seconds, health.DownInterval.Seconds, health.Spread));
        Assert.Equal((CheckHeader.Proxy, "www.example"), (health.SendProxy, health.Sni));
        Assert.Equal(new HttpCheckSettings("HEAD", "/health?a=b", "h.example:8443", TestSettings.Statuses("200")), health.Http);
        Assert.Equal(
            (Observe.Connect, 1, OnError.MarkDown, OnMarkedDown.ShutdownSessions),
            (health.Observe, health.ErrorLimit, health.OnError, health.OnMarkedDown));
    }

    [Theory]
    [InlineData("on", CheckHeader.Local)]
    [InlineData("local", CheckHeader.Local)]
    [InlineData("off", CheckHeader.Off)]
    public void The_header_of_a_check_has_its_older_words(string word, CheckHeader header) =>
        Assert.Equal(header, Read(With($"backends.web.health.send-proxy = {word}")).Backends["web"].Health.SendProxy);

    [Fact]
    public void Intervals_of_a_check_that_are_not_given_are_the_one_that_is()
    {
        var health = Read(With("backends.web.health.interval = 3s")).Backends["web"].Health;
        Assert.Equal((3, 3), (health.FastInterval.Seconds, health.DownInterval.Seconds));
    }

    [Fact]
    public void A_rate_limit_is_off_or_partly_or_wholly_given()
    {
        var settings = Read(With("""
            listener-defaults.rate-limit = off
            listeners.a { bind = "127.0.0.1:1" }
            listeners.b { bind = "127.0.0.1:2", rate-limit { limit = 7 } }
            """));
        Assert.Null(settings.Listeners.Single(static l => l.Name == "a").RateLimit);
        Assert.Equal(
            new RateLimitSettings(7, TimeSpan.FromSeconds(5), null, new PrefixLengths(32, 64), 500_000, TimeSpan.FromSeconds(60)),
            settings.Listeners.Single(static l => l.Name == "b").RateLimit);
        Assert.Null(Assert.Single(Read(With("listeners.https.rate-limit = off")).Listeners).RateLimit);
        // Other keys of a limit do not switch it on.
        const string Except = "rate-limit.except = [\"10.0.0.0/8\"]";
        Assert.Null(Assert.Single(Read(With($"listener-defaults.rate-limit = off, listeners.https.{Except}")).Listeners).RateLimit);
        Assert.Null(Assert.Single(Read(With($"listener-defaults.{Except}, listeners.https.rate-limit = off")).Listeners).RateLimit);
    }

    [Theory]
    [InlineData("per = 1ms, expire = 2ms")]
    [InlineData("per = 12d, expire = 24d")]
    [InlineData("per = 5s, expire = 10s")]
    [InlineData("limit = 1000000, table-size = 1")]
    public void The_bounds_of_a_rate_limit_are_bounds_that_the_table_takes(string limit)
    {
        var settings = Assert.Single(Read(With($"listeners.https.rate-limit {{ {limit} }}")).Listeners).RateLimit!;
        var tables = new RateTables([settings], RateLimitExtractor.Shards);
        Assert.True(tables.Admit(0, AddressKey.From(IPAddress.Loopback), new ManualTime()));
    }

    [Fact]
    public void A_listener_may_have_several_addresses()
    {
        var binds = Assert.Single(Read(With("listeners.https.bind = [\"*:443\", \"127.0.0.1:8443\", \"[::1]:8443\"]")).Listeners).Binds;
        Assert.Equal(["*:443", "127.0.0.1:8443", "[::1]:8443"], binds.Select(static b => b.ToString()));
        Assert.Equal([true, false, false], binds.Select(static b => b.DualMode));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 443), binds[0].EndPoint);
    }

    [Fact]
    public void Peers_to_be_believed_are_networks_or_addresses()
    {
        var settings = Read(With("""
            listener-defaults.accept-proxy.from = "10.0.0.0/8"
            listeners.https.accept-proxy.from = ["192.0.2.7", "fd00::/8", "::ffff:198.51.100.0/120"]
            listeners.b { bind = "127.0.0.1:1" }
            listeners.c { bind = "127.0.0.1:2", accept-proxy = off }
            """));
        Assert.Equal(
            ["192.0.2.7/32 fd00::/8 198.51.100.0/24", "10.0.0.0/8", null],
            settings.Listeners.Select(static l => l.AcceptProxy is { } networks ? string.Join(' ', networks) : null));
    }

    [Fact]
    public void A_backend_is_told_what_it_or_the_defaults_name()
    {
        var settings = Read(With("""
            backend-defaults.proxy-tlvs = [authority, unique-id]
            backends.a { servers = ["10.0.0.1:1"], proxy-tlvs = [crc32c, alpn, alpn] }
            backends.b { servers = ["10.0.0.1:1"], proxy-protocol = v1 }
            """)).Backends;
        Assert.Equal(
            (ProxyProtocol.V2, ProxyTlvs.Authority | ProxyTlvs.UniqueId), (settings["web"].ProxyProtocol, settings["web"].ProxyTlvs.Send));
        Assert.Equal(ProxyTlvs.Crc32C | ProxyTlvs.Alpn, settings["a"].ProxyTlvs.Send);
        Assert.Equal(ProxyProtocol.V1, settings["b"].ProxyProtocol);
    }

    [Fact]
    public void A_redirect_has_defaults_but_for_its_addresses()
    {
        var redirect = Read(With("http-redirect.bind = [\"*:80\", \"127.0.0.1:8080\"]")).HttpRedirect!;
        Assert.Equal(["*:80", "127.0.0.1:8080"], redirect.Binds.Select(static b => b.ToString()));
        Assert.Equal(
            (128, 1024, TimeSpan.FromSeconds(5), null), (redirect.Rate, redirect.MaxConnections, redirect.Timeout, redirect.AcmeBackend));
        redirect = Read(With("http-redirect { bind = \"[::1]:80\", rate = off, acme-backend = \"acme.internal:80\" }")).HttpRedirect!;
        Assert.Null(redirect.Rate);
        Assert.Equal(new DnsEndPoint("acme.internal", 80), redirect.AcmeBackend);
        Assert.Null(Read(With("http-redirect.bind = off")).HttpRedirect);
    }

    [Fact]
    public void Servers_are_addresses_or_host_names_with_a_name_of_their_own_or_not()
    {
        var servers = Read(With("backends.web.servers = [\"10.0.0.1:1\", { name = two, address = \"[fd00::2]:2\" }, { address = \"Web.Internal.:3\" }]")).Backends["web"].Servers;
        Assert.Equal(["10.0.0.1:1", "two", "Web.Internal.:3"], servers.Select(static s => s.Name));
        Assert.Equal(new IPEndPoint(IPAddress.Parse("fd00::2"), 2), servers[1].EndPoint);
        Assert.Equal(new DnsEndPoint("web.internal", 3), servers[2].EndPoint);
    }

    [Fact]
    public void Servers_may_be_unix_sockets_which_are_shown_as_they_are_written()
    {
        var web = Read(With("backends.web { servers = [\"unix:/run/app.sock\", { name = two, address = \"unix:@app\" }], "
            + "timeouts.keepalive = 2m, health.http { method = OPTIONS, path = \"*\" } }")).Backends["web"];
        Assert.Equal(["unix:/run/app.sock", "two"], web.Servers.Select(static s => s.Name));
        Assert.Equal(["unix:/run/app.sock", "unix:@app"], web.Servers.Select(static s => s.Address));
        Assert.Equal(web.Servers[1].EndPoint, Read(With("backends.web.servers = \"unix:@app\"")).Backends["web"].Servers[0].EndPoint);
        Assert.NotEqual(web.Servers[0].EndPoint, web.Servers[1].EndPoint);
        Assert.Equal(TimeSpan.FromMinutes(2), web.Timeouts.Keepalive);
        Assert.Equal("*", web.Health.Http.Path);
    }

    [Fact]
    public void A_backend_may_have_64_servers_and_the_pool_takes_them()
    {
        var backend = Read(With($"backends.web.servers = [{string.Join(',', Enumerable.Range(1, 64).Select(static port => $"\"10.0.0.1:{port}\""))}]")).Backends["web"];
        Assert.Equal(64, backend.ToPool().Servers.Length);
    }

    [Fact]
    public void Server_names_are_compared_in_one_spelling()
    {
        var routes = Read(With("routes { \"WWW.Example.\" = web, \"BÜCHER.example\" = web }")).Routes;
        Assert.Equal(["a.example", "www.example", "xn--bcher-kva.example"], routes.Select(static r => r.ServerName));
    }

    [Fact]
    public void Every_key_of_the_transport_may_be_given()
    {
        var settings = Read(With("transport { kind = epoll, buffer-size = 16k, reactors = 2, pin-reactors = on, pipe-size = 256KiB, max-pipes = 0, defer-accept = on }"));
        Assert.Equal(
            new TransportSettings(
                Kind: TransportKind.Epoll,
                BufferSize: 16 * 1024,
                Reactors: 2,
                PinReactors: true,
                PipeSize: 256 * 1024,
                MaxPipes: 0,
                DeferAccept: true),
            settings.Transport);
        Assert.Equal(TransportKind.Sockets, Read(With("transport.kind = sockets")).Transport.Kind);
    }

    [Fact]
    public void The_bounds_of_the_transports_figures_are_within()
    {
        var least = Read(With("transport { reactors = 1, pipe-size = 16KiB }")).Transport;
        Assert.Equal((1, 16 * 1024), (least.Reactors, least.PipeSize));
        var most = Read(With("transport { reactors = 1024, pipe-size = 64MiB, max-pipes = 1000000 }")).Transport;
        Assert.Equal((1024, 64 * 1024 * 1024, 1_000_000), (most.Reactors, most.PipeSize, most.MaxPipes));
    }

    [Fact]
    public void Values_may_come_from_the_environment()
    {
        const string Text = "backends.web.servers = [${?WEB_SERVER}, \"10.0.0.9:9\"], log { level = warning, level = ${?LOG_LEVEL} }";
        var unset = Read(With(Text));
        Assert.Equal(["10.0.0.9:9"], unset.Backends["web"].Servers.Select(static s => s.Name));
        Assert.Equal(LogThreshold.Warning, unset.Log.Level);
        var set = Read(With(Text), static name => name switch { "WEB_SERVER" => "10.0.0.8:8", "LOG_LEVEL" => "debug", _ => null });
        Assert.Equal(["10.0.0.8:8", "10.0.0.9:9"], set.Backends["web"].Servers.Select(static s => s.Name));
        Assert.Equal(LogThreshold.Debug, set.Log.Level);
    }

    [Fact]
    public void The_akka_section_is_passed_on_in_words_that_akka_reads()
    {
        var settings = Read(With("") + "\nakka { loglevel = ${level}, actor { \"my.dispatcher\" { throughput = 5 }, list = [a, {b = \"x: y\"}] } }\nakka.x = \"a \\\"b\\\"\"\nakka.level = INFO".Replace("${level}", "${akka.level}", StringComparison.Ordinal));
        var config = ConfigurationFactory.ParseString(settings.AkkaHocon);
        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal(5, config.GetInt("akka.actor.\"my.dispatcher\".throughput"));
        Assert.Equal("a \"b\"", config.GetString("akka.x"));
        Assert.Equal("x: y", config.GetValue("akka.actor.list").GetArray()[1].GetObject().GetKey("b").GetString());
    }

    [Fact]
    public void A_file_may_include_others_and_a_error_in_them_carries_their_name()
    {
        var folder = Directory.CreateTempSubdirectory("edge").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "backends.conf"), "backends {\n web { servers = [\"127.0.0.1:9001\"], retries = 5 }\n}");
            File.WriteAllText(
                Path.Combine(folder, "main.conf"), "edge {\n include \"backends.conf\"\n listeners { https { bind = \"*:443\" } }\n}");
            var load = EdgeSettingsReader.Load(Path.Combine(folder, "main.conf"));
            Assert.Empty(load.Errors);
            Assert.Equal(5, load.Settings!.Backends["web"].Retries);

            File.WriteAllText(
                Path.Combine(folder, "backends.conf"), "backends {\n web { servers = [\"127.0.0.1:9001\"], retries = many }\n}");
            load = EdgeSettingsReader.Load(Path.Combine(folder, "main.conf"));
            Assert.Null(load.Settings);
            Assert.Equal(
                $"{Path.Combine(folder, "backends.conf")}:2: edge.backends.web.retries: 'many' is no whole number; expected 0 to 100",
                Assert.Single(load.Errors).ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
