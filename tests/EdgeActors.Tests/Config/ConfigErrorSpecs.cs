using EdgeActors.Config;

namespace EdgeActors.Tests.Config;

public class ConfigErrorSpecs
{
    /// <summary>A file that is right up to line 4, where the error goes in.</summary>
    internal static string[] Errors(string line) => All($$"""
        edge { listeners.https.bind = "127.0.0.1:7050"
          routes."a.example" = web
          backends.web.servers = ["127.0.0.1:9001"]
          {{line}}
        }
        """);

    private static string[] All(string text)
    {
        var result = EdgeSettingsReader.ReadText(text, "my.conf", static _ => null);
        Assert.Equal(result.Settings is null, result.Errors.Count > 0);
        return [.. result.Errors.Select(static m => m.ToString())];
    }

    [Theory]
    [InlineData("drain-timout = 5s", "edge.drain-timout: unknown key; did you mean 'drain-timeout'?")]
    [InlineData("backends.web.healt.fall = 3", "edge.backends.web.healt: unknown key; did you mean 'health'?")]
    [InlineData("backends.web.health.raise = 3", "edge.backends.web.health.raise: unknown key; did you mean 'rise'?")]
    [InlineData("backends.web.server = []", "edge.backends.web.server: unknown key; did you mean 'servers'?")]
    [InlineData("backend-defaults.servers = []", "edge.backend-defaults.servers: unknown key; expected one of weight, maxconn, slow-start, balance, all-backups, redispatch, queue, resolve, proxy-protocol, proxy-tlvs, connect-timeout, source, retries, retry-delay, timeouts, health")]
    [InlineData("listeners.https.rate-limit.window = 5s", "edge.listeners.https.rate-limit.window: unknown key; expected one of limit, "
        + "per, max-connections, key, except, except-file, table-size, expire")]
    [InlineData("floating-ip { adress = x }", "edge.floating-ip.adress: unknown key; did you mean 'address'?")]
    [InlineData("cluster { seed = x }", "edge.cluster.seed: unknown key; did you mean 'seeds'?")]
    [InlineData("backends.web.servers = [{ adress = \"10.0.0.1:1\", address = \"10.0.0.1:1\" }]", "edge.backends.web.servers.adress: unknown key; did you mean 'address'?")]
    public void An_unknown_key_comes_with_the_nearest_known_one(string line, string expected) =>
        Assert.Equal(["my.conf:4: " + expected], Errors(line));

    [Theory]
    [InlineData("egde { }", "egde: unknown key; did you mean 'edge'?")]
    [InlineData("akka = on", "akka: 'on' where a section is expected: akka { ... }")]
    public void The_outermost_keys_are_edge_and_akka(string line, string expected) => Assert.Equal(["my.conf:6: " + expected], All("""
        edge { listeners.https.bind = "127.0.0.1:7050"
          routes."a.example" = web
          backends.web.servers = ["127.0.0.1:9001"]
        }

        """ + "\n" + line));

    [Theory]
    [InlineData("routes.\"b.example\" = wbe", "edge.routes.\"b.example\": there is no backend 'wbe'; did you mean 'web'?")]
    [InlineData("routes.\"b.example\" = statistics", "edge.routes.\"b.example\": there is no backend 'statistics'; expected web")]
    [InlineData("routes { b.example = web }", "edge.routes.b: an object where the name of a backend is expected; a server name with dots needs double quotes: \"www.example.org\" = BACKEND")]
    [InlineData("routes.\"b.example\" = null", "edge.routes.\"b.example\": null where the name of a backend is expected; a server name with dots needs double quotes: \"www.example.org\" = BACKEND")]
    [InlineData("routes.\"b_.-example\" = web", "edge.routes.\"b_.-example\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"10.0.0.1\" = web", "edge.routes.\"10.0.0.1\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"A.Example.\" = web", "edge.routes.\"A.Example.\": the same server name as \"a.example\" of line 2; expected each name once")]
    [InlineData("routes.\"*example\" = web", "edge.routes.\"*example\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"a.*.example\" = web", "edge.routes.\"a.*.example\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"*.*.example\" = web", "edge.routes.\"*.*.example\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"*.\" = web", "edge.routes.\"*.\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes.\"**\" = web", "edge.routes.\"**\": this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others")]
    [InlineData("routes { \"*.B.example.\" = web, \"*.b.example\" = web }", "edge.routes.\"*.b.example\": the same server name as \"*.B.example.\" of line 4; expected each name once")]
    [InlineData("routes.\"b.example\" {}", "edge.routes.\"b.example\": there is no backend; expected { default = BACKEND, \"acme-tls/1\" = BACKEND }")]
    [InlineData("routes.\"b.example\" { h2 = wbe }", "edge.routes.\"b.example\".h2: there is no backend 'wbe'; did you mean 'web'?")]
    [InlineData("routes.\"*\".default = wbe", "edge.routes.\"*\".default: there is no backend 'wbe'; did you mean 'web'?")]
    [InlineData("routes.\"b.example\" { http/1.1 = web }", "edge.routes.\"b.example\".\"http/1\": an object where the name of a backend is expected; a protocol with dots needs double quotes: \"http/1.1\" = BACKEND")]
    [InlineData("routes.\"b.example\" { h2 = null }", "edge.routes.\"b.example\".h2: null where the name of a backend is expected; a protocol with dots needs double quotes: \"http/1.1\" = BACKEND")]
    [InlineData("routes.\"b.example\" { \"\" = web }", "edge.routes.\"b.example\".\"\": this is no ALPN protocol; expected 1 to 255 visible characters, such as h2 or \"acme-tls/1\", or default for all others")]
    [InlineData("routes.\"b.example\" { \"h 2\" = web }", "edge.routes.\"b.example\".\"h 2\": this is no ALPN protocol; expected 1 to 255 visible characters, such as h2 or \"acme-tls/1\", or default for all others")]
    [InlineData("routes.\"b.example\".refuse = drop",
        "edge.routes.\"b.example\".refuse: 'drop' is no mode of refusal; expected silent-drop, reset, close or alert")]
    [InlineData("routes.\"b.example\" { refuse = reset, h2 = web }",
        "edge.routes.\"b.example\".h2: 'refuse' excludes other keys; expected { refuse = MODE }, or backends without it")]
    [InlineData("routes.\"b.example\".h2.refuse = web",
        "edge.routes.\"b.example\".h2.refuse: 'web' is no mode of refusal; expected silent-drop, reset, close or alert")]
    [InlineData("listeners.https.routes.\"b.example\" = wbe",
        "edge.listeners.https.routes.\"b.example\": there is no backend 'wbe'; did you mean 'web'?")]
    [InlineData("listeners.https.routes = web", "edge.listeners.https.routes: 'web' where a section is expected: routes { ... }")]
    [InlineData("listener-defaults.on-silent = alert", "edge.listener-defaults.on-silent: a TLS alert means nothing to a client that does "
        + "not speak TLS; expected silent-drop, reset, close or { route = BACKEND }")]
    [InlineData("routes = web", "edge.routes: 'web' where a section is expected: routes { ... }")]
    public void Routes(string line, string expected) => Assert.Equal(["my.conf:4: " + expected], Errors(line));

    [Fact]
    public void A_limit_that_may_be_off_says_so() => Assert.Equal(
        ["my.conf:4: edge.backends.web.timeouts.client-fin: 'never' is no duration; expected off or a duration such as 5s, 100ms or 2m"],
        Errors("backends.web.timeouts.client-fin = never"));

    [Theory]
    [InlineData("listeners.b {}", "edge.listeners.b.bind: a listener needs an address; expected bind = \"*:443\"")]
    [InlineData("listeners.b.bind = []", "edge.listeners.b.bind: a listener needs an address; expected bind = \"*:443\"")]
    [InlineData("listeners.b = \"*:443\"", "edge.listeners.b: '*:443' where a listener is expected: https { bind = \"*:443\" }")]
    [InlineData("listeners.b.bind = 443", "edge.listeners.b.bind: '443' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("listeners.b.bind = \"localhost:443\"", "edge.listeners.b.bind: 'localhost:443' is no address to listen on; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("listeners.b.bind = \"*:65536\"", "edge.listeners.b.bind: port 65536 is out of range; expected 0 to 65535")]
    [InlineData("listeners.b.bind = \"127.0.0.1:7050\"", "edge.listeners.b.bind: 127.0.0.1:7050 is taken by 127.0.0.1:7050 of the listener 'https'; expected another address or port")]
    [InlineData("listeners.b.bind = \"*:7050\"", "edge.listeners.b.bind: *:7050 is taken by 127.0.0.1:7050 of the listener 'https'; expected another address or port")]
    [InlineData("listeners.b.bind = [\"*:1\", \"[::1]:1\"]", "edge.listeners.b.bind: [::1]:1 is taken by *:1 of the listener 'b'; expected another address or port")]
    [InlineData("listeners.https.rate-limit = on", "edge.listeners.https.rate-limit: 'on' where a section is expected: rate-limit { ... } or off")]
    [InlineData("listeners.https.rate-limit.per = 31s", "edge.listeners.https.rate-limit.per: 'expire' (60s) is less than two windows of 'per' (31s); expected at least twice as long")]
    [InlineData("listeners.https.rate-limit.expire = 9s", "edge.listeners.https.rate-limit.expire: 'expire' (9s) is less than two windows of 'per' (5s); expected at least twice as long")]
    [InlineData("listeners.https.rate-limit.per = 999us", "edge.listeners.https.rate-limit.per: '999us' is too short; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("listeners.https.rate-limit { per = 1036800001ms, expire = 24d }", "edge.listeners.https.rate-limit.per: '1036800001ms' is longer than 12d; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("listeners.https.rate-limit.expire = 2073600001ms", "edge.listeners.https.rate-limit.expire: '2073600001ms' is longer than 24d; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("listeners.https.rate-limit.expire = 9999ms", "edge.listeners.https.rate-limit.expire: 'expire' (9.999s) is less than two windows of 'per' (5s); expected at least twice as long")]
    [InlineData("listeners.https.max-hello-size = 1", "edge.listeners.https.max-hello-size: '1' is no size in range; expected 1KiB to 64KiB")]
    [InlineData("listeners.https.on-no-sni = drop", "edge.listeners.https.on-no-sni: 'drop' is not known here; expected silent-drop, reset, close, alert or { route = BACKEND }")]
    [InlineData("listeners.https.on-unknown-sni = null", "edge.listeners.https.on-unknown-sni: null is not known here; expected silent-drop, reset, close, alert or { route = BACKEND }")]
    [InlineData("listeners.https.on-not-tls = web", "edge.listeners.https.on-not-tls: 'web' is not known here; expected silent-drop, reset, close or { route = BACKEND }")]
    [InlineData("listener-defaults.on-not-tls = alert", "edge.listener-defaults.on-not-tls: a TLS alert means nothing to a client that does not speak TLS; expected silent-drop, reset, close or { route = BACKEND }")]
    [InlineData("listeners.https.on-no-sni.route = wbe", "edge.listeners.https.on-no-sni.route: there is no backend 'wbe'; did you mean 'web'?")]
    [InlineData("listeners.https.on-no-sni {}", "edge.listeners.https.on-no-sni.route: nothing where the name of a backend is expected: { route = BACKEND }")]
    [InlineData("listeners.https.on-no-sni.route = [web]", "edge.listeners.https.on-no-sni.route: an array where the name of a backend is expected: { route = BACKEND }")]
    [InlineData("listeners.https.on-no-sni { route = web, rout = web }", "edge.listeners.https.on-no-sni.rout: unknown key; did you mean 'route'?")]
    [InlineData("listeners.https.accept-proxy = on", "edge.listeners.https.accept-proxy: 'on' where a section is expected: accept-proxy { ... } or off")]
    [InlineData("listeners.https.accept-proxy {}", "edge.listeners.https.accept-proxy: whose header is to be believed? Expected from = [\"10.0.0.0/8\"]")]
    [InlineData("listeners.https.accept-proxy.from = []", "edge.listeners.https.accept-proxy.from: whose header is to be believed? Expected from = [\"10.0.0.0/8\"]")]
    [InlineData("listeners.https.accept-proxy.from = [\"10.0.0.0/33\"]", "edge.listeners.https.accept-proxy.from: '33' is no prefix length of an IPv4 network; expected 0 to 32")]
    [InlineData("listeners.https.accept-proxy.from = \"10\"", "edge.listeners.https.accept-proxy.from: '10' is no network; expected an address or network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32")]
    [InlineData("listeners.https.accept-proxy.from = \"10.0.0.1/8\"", "edge.listeners.https.accept-proxy.from: '10.0.0.1/8' has bits beyond its prefix; expected 10.0.0.0/8")]
    [InlineData("listener-defaults.backlog = 1.5", "edge.listener-defaults.backlog: '1.5' is no whole number; expected 1 to 65535")]
    public void Listeners(string line, string expected) => Assert.Equal(["my.conf:4: " + expected], Errors(line));

    [Theory]
    [InlineData("bind = 80", "bind: '80' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("bind = [{}]", "bind: an object where an address is expected, such as \"*:80\", or off")]
    [InlineData("bind = \"*:7050\"", "bind: *:7050 is taken by 127.0.0.1:7050 of the listener 'https'; expected another address or port")]
    [InlineData("bind = [\"*:80\", \"[::]:80\"]", "bind: [::]:80 is taken by *:80 of http-redirect; expected another address or port")]
    [InlineData("rate = 0", "rate: '0' is out of range; expected 1 to 100000 or off")]
    [InlineData("max-connections = 0", "max-connections: '0' is out of range; expected 1 to 1000000")]
    [InlineData("timeout = off", "timeout: 'off' is no duration; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("acme-backend = \"10.0.0.5\"", "acme-backend: '10.0.0.5' has no port; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("acme-backend = []", "acme-backend: an array where an address is expected, such as \"10.0.0.5:80\", or off")]
    [InlineData("binds = \"*:80\"", "binds: unknown key; did you mean 'bind'?")]
    public void HttpRedirect(string line, string expected) =>
        Assert.Equal(["my.conf:4: edge.http-redirect." + expected], Errors("http-redirect." + line));

    [Theory]
    [InlineData("socket = on", "socket: 'on' is no absolute path; expected such as \"/run/edge/ctl.sock\", or off")]
    [InlineData("socket = \"run/ctl.sock\"", "socket: 'run/ctl.sock' is no absolute path; expected such as \"/run/edge/ctl.sock\", or off")]
    [InlineData("socket = \"/run/\"", "socket: '/run/' is no name of a file; expected such as \"/run/edge/ctl.sock\", or off")]
    [InlineData("socket = []", "socket: an array is not known here; expected a path such as \"/run/edge/ctl.sock\", or off")]
    [InlineData("pbm = on", "pbm: 'on' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"")]
    [InlineData("pbm = \"*:9110\"", "pbm: '*:9110' can be reached from elsewhere, and pbm asks for no password; expected a loopback address such as \"127.0.0.1:9110\"")]
    [InlineData("pbm = \"10.0.0.1:9110\"", "pbm: '10.0.0.1:9110' can be reached from elsewhere, and pbm asks for no password; expected a loopback address such as \"127.0.0.1:9110\"")]
    [InlineData("pbm = null", "pbm: null where an address is expected, such as \"127.0.0.1:9110\", or off")]
    [InlineData("sockets = off", "sockets: unknown key; did you mean 'socket'?")]
    public void Control(string line, string expected) => Assert.Equal(["my.conf:4: edge.control." + expected], Errors("control." + line));

    [Theory]
    [InlineData("upgrade.socket = on", "upgrade.socket: 'on' is no absolute path; expected such as \"/run/edge/upgrade.sock\", or off")]
    [InlineData("upgrade.socket = {}", "upgrade.socket: an object is not known here; expected a path such as \"/run/edge/upgrade.sock\", or off")]
    [InlineData("upgrade.sockets = off", "upgrade.sockets: unknown key; did you mean 'socket'?")]
    [InlineData("upgrade.drain-timeout = 5", "upgrade.drain-timeout: '5' has no unit; expected off or a duration such as 5s, 100ms or 2m")]
    [InlineData("upgrade.socket = /run/a, control.socket = /run/a", "upgrade.socket: the control socket has this path; expected another one")]
    [InlineData("limits.memory = 9%", "limits.memory: '9%' is no share of the memory; expected 10% to 100%, or off")]
    [InlineData("limits.memory = 101%", "limits.memory: '101%' is no share of the memory; expected 10% to 100%, or off")]
    [InlineData("limits.memory = 90", "limits.memory: '90' is no share of the memory; expected 10% to 100%, or off")]
    [InlineData("limits.memory = []", "limits.memory: an array is no share of the memory; expected 10% to 100%, or off")]
    public void Upgrade_and_memory(string line, string expected) => Assert.Equal(["my.conf:4: edge." + expected], Errors(line));

    [Theory]
    [InlineData("10%", 10)]
    [InlineData("100%", 100)]
    [InlineData("off", null)]
    public void Shares_of_the_memory(string value, int? expected) => Assert.Equal(expected, EdgeSettingsReader.ReadText($$"""
        edge {
          listeners { https { bind = "127.0.0.1:7050" } }, routes { "a.b" = web }, backends { web { servers = ["127.0.0.1:9001"] } }
          limits.memory = {{value}}
        }
        """).Settings!.Limits.Memory);

    [Fact]
    public void A_socket_path_as_long_as_the_system_takes_and_one_byte_more()
    {
        var longest = "/" + new string('s', 106);
        Assert.Empty(Errors($"control.socket = \"{longest}\""));
        Assert.Equal(
            ["my.conf:4: edge.control.socket: this path has 108 bytes, the system takes 107; expected a shorter one"],
            Errors($"control.socket = \"{longest}s\""));
        Assert.Empty(Errors("control.pbm = \"[::1]:9110\""));
    }

    [Theory]
    [InlineData("kind = iouring", "kind: 'iouring' is not known here; expected auto, epoll or sockets")]
    [InlineData("reactors = 0", "reactors: '0' is out of range; expected 1 to 1024 or auto")]
    [InlineData("reactors = 1025", "reactors: '1025' is out of range; expected 1 to 1024 or auto")]
    [InlineData("reactors = all", "reactors: 'all' is no whole number; expected 1 to 1024 or auto")]
    [InlineData("reactors = null", "reactors: null is no whole number; expected 1 to 1024 or auto")]
    [InlineData("reactors = [auto]", "reactors: an array is no whole number; expected 1 to 1024 or auto")]
    [InlineData("pipe-size = 16383", "pipe-size: '16383' is no size in range; expected 16KiB to 65536KiB")]
    [InlineData("pipe-size = 67108865", "pipe-size: '67108865' is no size in range; expected 16KiB to 65536KiB")]
    [InlineData("max-pipes = -1", "max-pipes: '-1' is out of range; expected 0 to 1000000")]
    [InlineData("max-pipes = 1000001", "max-pipes: '1000001' is out of range; expected 0 to 1000000")]
    [InlineData("defer-accept = 5s", "defer-accept: '5s' is not known here; expected on, off, true or false")]
    [InlineData("reactor = 2", "reactor: unknown key; did you mean 'reactors'?")]
    public void Transport(string line, string expected) =>
        Assert.Equal(["my.conf:4: edge.transport." + expected], Errors("transport." + line));

    [Theory]
    [InlineData("format = xml", "format: 'xml' is not known here; expected text or json")]
    [InlineData("steps = close", "steps: 'close' where a list is expected: [accept, close] or []")]
    [InlineData("steps = [close, end]", "steps: 'end' is no step; expected some of accept, request, connect, close")]
    [InlineData("steps = [[]]", "steps: an array is no step; expected some of accept, request, connect, close")]
    [InlineData("hello = ja4", "hello: 'ja4' is not known here; expected on, off, true or false")]
    [InlineData("drops = off", "drops: 'off' where a section is expected: drops { ... }")]
    [InlineData("drops.sample = 0", "drops.sample: '0' is out of range; expected 1 to 1000000")]
    [InlineData("drops.sample = 1000001", "drops.sample: '1000001' is out of range; expected 1 to 1000000")]
    [InlineData("drops.rate = 0", "drops.rate: '0' is out of range; expected 1 to 1000000 or off")]
    [InlineData("drops.rates = 5", "drops.rates: unknown key; did you mean 'rate'?")]
    [InlineData("step = []", "step: unknown key; did you mean 'steps'?")]
    public void Log(string line, string expected) => Assert.Equal(["my.conf:4: edge.log." + expected], Errors("log." + line));

    [Theory]
    [InlineData("5", "'5' has no unit")]
    [InlineData("-5s", "'-5s' is negative")]
    [InlineData("0s", "'0s' is too short")]
    [InlineData("0.9ms", "'0.9ms' is too short")]
    [InlineData("5 parsecs", "'5 parsecs' has an unknown unit")]
    [InlineData("25d", "'25d' is longer than 24d")]
    [InlineData("infinite", "'infinite' has no end")]
    [InlineData("soon", "'soon' is no duration")]
    [InlineData("[5s]", "an array is no duration")]
    [InlineData("null", "null is no duration")]
    [InlineData("\"\"", "'' is no duration")]
    public void Durations(string value, string expected) => Assert.Equal(
        [$"my.conf:4: edge.admission-timeout: {expected}; expected a duration such as 5s, 100ms or 2m"],
        Errors($"admission-timeout = {value}"));

    [Fact]
    public void Some_durations_may_be_zero() =>
        Assert.Empty(Errors("drain-timeout = 0s, floating-ip.handover-timeout = 0s, silent-drop.hold = 0ms"));

    [Theory]
    [InlineData("", "my.conf:1: edge.listeners: there is no listener; expected at least one, such as https { bind = \"*:443\" }")]
    [InlineData("\nedge {}", "my.conf:2: edge.listeners: there is no listener; expected at least one, such as https { bind = \"*:443\" }")]
    [InlineData("edge = 5", "my.conf:1: edge: '5' where a section is expected: edge { ... }")]
    [InlineData("edge {\n  listeners { a = *\n", "my.conf:2:19: expected a value, found '*'")]
    [InlineData("edge { x = ${NOWHERE} }", "my.conf:1:12: ${NOWHERE} is set neither here nor in the environment; ${?NOWHERE} would be optional")]
    [InlineData("include \"other.conf\"", "my.conf:1:1: cannot include \"other.conf\": there is no file that it could be relative to")]
    public void A_file_that_is_no_configuration(string text, string first) => Assert.Equal(first, All(text)[0]);

    [Fact]
    public void An_unreadable_file() => Assert.Equal(
        "/nowhere/edge.conf: there is no such file",
        Assert.Single(EdgeSettingsReader.Load("/nowhere/edge.conf").Errors).ToString());

    [Fact]
    public void All_errors_are_reported_at_once_and_each_once() => Assert.Equal(
        [
            "my.conf:2: edge.listeners.https.bind: 'everywhere' has no port; expected \"*:443\", \"127.0.0.1:443\" or \"[::1]:443\"",
            "my.conf:3: edge.routes.\"a.example\": there is no backend 'wbe'; did you mean 'web'?",
            "my.conf:4: edge.backend-defaults.retries: 'many' is no whole number; expected 0 to 100",
            "my.conf:5: edge.backends.web.connect-timeout: '-1s' is negative; expected a duration such as 5s, 100ms or 2m",
            "my.conf:5: edge.backends.web.servers: port 0 is out of range; expected 1 to 65535",
            "my.conf:6: edge.backends.api.servers: a backend needs a server; expected servers = [\"10.0.0.2:443\"]",
            "my.conf:7: edge.limits.max-conections: unknown key; did you mean 'max-connections'?",
            "my.conf:8: edge.log.level: 'loud' is not known here; expected debug, info, warning or error",
        ],
        All("""
            edge {
              listeners.https.bind = everywhere
              routes."a.example" = wbe
              backend-defaults.retries = many
              backends.web { servers = ["10.0.0.1:0"], connect-timeout = -1s }
              backends.api {}
              limits.max-conections = 5
              log.level = loud
            }
            """));
}
