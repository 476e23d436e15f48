namespace EdgeActors.Tests.Config;

public class BackendErrorSpecs
{
    [Theory]
    [InlineData("backends.b {}", "edge.backends.b.servers: a backend needs a server; expected servers = [\"10.0.0.2:443\"]")]
    [InlineData("backends.b.servers = []", "edge.backends.b.servers: a backend needs a server; expected servers = [\"10.0.0.2:443\"]")]
    [InlineData("backends.b = \"10.0.0.1:1\"", "edge.backends.b: '10.0.0.1:1' where a backend is expected: web { servers = [\"10.0.0.2:443\"] }")]
    [InlineData("backends.\"b c\".servers = \"10.0.0.1:1\"", "edge.backends.\"b c\": this is no usable name; expected up to 64 letters, digits, '-', '_' or '.'")]
    [InlineData("backends.b.servers = [[]]", "edge.backends.b.servers: an array where an address is expected, such as \"10.0.0.2:443\"")]
    [InlineData("backends.b.servers = \"10.0.0.1\"", "edge.backends.b.servers: '10.0.0.1' has no port; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("backends.b.servers = \"10.0.0.300:1\"", "edge.backends.b.servers: '10.0.0.300:1' is no address; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("backends.b.servers = \"fd00::2:1\"", "edge.backends.b.servers: 'fd00::2:1' is no address; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("backends.b.servers = \"10.0.0.1:70000\"", "edge.backends.b.servers: port 70000 is out of range; expected 1 to 65535")]
    [InlineData("backends.b.servers = \"10.0.0.1:0\"", "edge.backends.b.servers: port 0 is out of range; expected 1 to 65535")]
    [InlineData("backends.b.servers = \"10.0.0.1:https\"", "edge.backends.b.servers: 'https' is no port; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("backends.b.servers = \"/run/app.sock\"",
        "edge.backends.b.servers: '/run/app.sock' has no host and no port; expected \"unix:/run/app.sock\" for a Unix socket")]
    [InlineData("backends.b.servers = \"unix:run/app.sock\"", "edge.backends.b.servers: 'unix:run/app.sock' is no absolute path; expected "
        + "\"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("backends.b.servers = \"unix:\"",
        "edge.backends.b.servers: 'unix:' names no Unix socket; expected \"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("backends.b.servers = \"unix:@\"", "edge.backends.b.servers: 'unix:@' names no Unix socket; expected "
        + "\"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("backends.b.servers = \"unix:/run/\"", "edge.backends.b.servers: 'unix:/run/' names no Unix socket; expected "
        + "\"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("backends.b.servers = \"unix:/a\\u0000b\"",
        "edge.backends.b.servers: the name of a Unix socket contains a blank or a control character; expected "
        + "\"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("backends.b.servers = \"unix:@a\\nb\"",
        "edge.backends.b.servers: the name of a Unix socket contains a blank or a control character; expected "
        + "\"unix:/run/app.sock\", or \"unix:@name\" for an abstract socket")]
    [InlineData("http-redirect.acme-backend = \"unix:/run/app.sock\"",
        "edge.http-redirect.acme-backend: '/run/app.sock' is no port; expected \"10.0.0.2:443\", \"[fd00::2]:443\" or \"host.name:443\"")]
    [InlineData("backends.b.servers = [\"10.0.0.1:1\", \"10.0.0.1:1\"]", "edge.backends.b.servers: there is a server '10.0.0.1:1' already; expected each name once in a backend: { name = OTHER, address = ... }")]
    [InlineData("backends.b.servers = [{ name = s, address = \"a.b:1\" }, { name = s, address = \"a.b:2\" }]", "edge.backends.b.servers: there is a server 's' already; expected each name once in a backend: { name = OTHER, address = ... }")]
    [InlineData("backends.b.servers = [{ name = s }]", "edge.backends.b.servers.address: a server needs an address; expected { name = s1, address = \"10.0.0.2:443\" }")]
    [InlineData("backends.b.servers = [{ name = \"a b\", address = \"a.b:1\" }]", "edge.backends.b.servers.name: 'a b' is no usable name; expected up to 64 letters, digits, '-', '_' or '.'")]
    [InlineData("backends.web.source = \"10.0.0\"x", "edge.backends.web.source: '10.0.0x' is no IP address; expected auto or an address such as \"10.0.0.5\"")]
    [InlineData("backends.web.source = 5", "edge.backends.web.source: '5' is no IP address; expected auto or an address such as \"10.0.0.5\"")]
    [InlineData("backends.web.proxy-protocol = v3", "edge.backends.web.proxy-protocol: 'v3' is not known here; expected v2, v1 or off")]
    [InlineData("backends.web.proxy-tlvs = authority", "edge.backends.web.proxy-tlvs: 'authority' where a list is expected: [authority, unique-id] or []")]
    [InlineData("backends.web.proxy-tlvs = [authority, ssl]",
        "edge.backends.web.proxy-tlvs: 'ssl' is no PROXY field; expected some of authority, alpn, unique-id, crc32c")]
    [InlineData(
        "backends.web.proxy-tlvs { pass = [0xE1, ftp] }", "edge.backends.web.proxy-tlvs.pass: 'ftp' is no PROXY field; expected some of "
        + "authority, alpn, unique-id, ssl, netns, or types such as 0xE1")]
    [InlineData("backends.web.proxy-tlvs.pass = [0x100]", "edge.backends.web.proxy-tlvs.pass: '0x100' is no PROXY field; expected some of "
        + "authority, alpn, unique-id, ssl, netns, or types such as 0xE1")]
    [InlineData(
        "backends.web.proxy-tlvs.pass = [0x05]", "edge.backends.web.proxy-tlvs.pass: '0x05' is written by its name; expected unique-id")]
    [InlineData("backends.web.proxy-tlvs.pass = [crc32c]",
        "edge.backends.web.proxy-tlvs.pass: a received checksum does not fit the new header; expected send = [crc32c]")]
    [InlineData("backends.web.proxy-tlvs.pass = [0x3]",
        "edge.backends.web.proxy-tlvs.pass: a received checksum does not fit the new header; expected send = [crc32c]")]
    [InlineData("backends.web.proxy-tlvs.pass = alpn",
        "edge.backends.web.proxy-tlvs.pass: 'alpn' where a list is expected: [unique-id, 0xE1] or []")]
    [InlineData("backends.web.proxy-tlvs { sent = [alpn] }", "edge.backends.web.proxy-tlvs.sent: unknown key; did you mean 'send'?")]
    [InlineData("backends.web { proxy-protocol = off, proxy-tlvs.pass = [alpn] }",
        "edge.backends.web.proxy-tlvs: proxy-protocol = off has no fields; expected proxy-protocol = v2 or proxy-tlvs = []")]
    [InlineData("backends.web { proxy-protocol = v1, proxy-tlvs = [alpn] }", "edge.backends.web.proxy-tlvs: proxy-protocol = v1 has no fields; expected proxy-protocol = v2 or proxy-tlvs = []")]
    [InlineData("backends.web.health = off", "edge.backends.web.health: 'off' where a section is expected: health { ... }")]
    [InlineData("backends.web.health.enabled = maybe", "edge.backends.web.health.enabled: 'maybe' is not known here; expected on, off, true or false")]
    [InlineData("backends.web.health.timeout = 11s", "edge.backends.web.health.timeout: 'timeout' (11s) is longer than 'interval' (10s); expected at most as long")]
    [InlineData("backends.web.health.interval = 1500ms", "edge.backends.web.health.interval: 'timeout' (2s) is longer than 'interval' (1.5s); expected at most as long")]
    [InlineData("backends.web.health.check = icmp", "edge.backends.web.health.check: 'icmp' is not known here; expected tcp, tls, http or https")]
    [InlineData("backends.web.health.fast-interval = never", "edge.backends.web.health.fast-interval: 'never' is no duration; expected auto or a duration such as 5s, 100ms or 2m")]
    [InlineData("backends.web.health.spread = 51", "edge.backends.web.health.spread: '51' is out of range; expected 0 to 50")]
    [InlineData("backends.web.health.send-proxy = v1", "edge.backends.web.health.send-proxy: 'v1' is not known here; expected local, proxy, off, on, true or false")]
    [InlineData("backends.web.health.sni = \"10.0.0.1\"", "edge.backends.web.health.sni: '10.0.0.1' is no host name; expected auto or a name such as \"www.example.org\"")]
    [InlineData("backends.web.health.http.method = get", "edge.backends.web.health.http.method: 'get' is no method; expected one in capitals such as GET")]
    [InlineData("backends.web.health.http.path = health", "edge.backends.web.health.http.path: 'health' is no path; expected one without blanks such as \"/health\"")]
    [InlineData("backends.web.health.http.path = \"*\"", "edge.backends.web.health.http.path: the path \"*\" has no meaning for GET; "
        + "expected method = OPTIONS, or a path such as \"/health\"")]
    [InlineData("backends.web.timeouts.keepalive = 10h",
        "edge.backends.web.timeouts.keepalive: '10h' is longer than 9h; expected off or a duration such as 5s, 100ms or 2m")]
    [InlineData("backends.web.health.http.path = \"/a b\"", "edge.backends.web.health.http.path: '/a b' is no path; expected one without blanks such as \"/health\"")]
    [InlineData("backends.web.health.http.host = \"a\\r\\nb\"", "edge.backends.web.health.http.host: 'a b' is no host; expected auto or a name such as \"www.example.org\"")]
    [InlineData("backends.web.health.http.expect = \"2xx,600\"", "edge.backends.web.health.http.expect: '2xx,600' is no list of statuses; expected a list such as \"2xx,301,400-404\"")]
    [InlineData("backends.web.health.http = off", "edge.backends.web.health.http: 'off' where a section is expected: http { ... }")]
    [InlineData("backends.web.health.observe = on", "edge.backends.web.health.observe: 'on' is not known here; expected off or connect")]
    [InlineData("backends.web.health.error-limit = 0", "edge.backends.web.health.error-limit: '0' is out of range; expected 1 to 1000000")]
    [InlineData("backends.web.health.on-error = panic", "edge.backends.web.health.on-error: 'panic' is not known here; expected fail-check, fast-interval, sudden-death or mark-down")]
    [InlineData("backends.web.health.on-marked-down = close", "edge.backends.web.health.on-marked-down: 'close' is not known here; expected keep or shutdown-sessions")]
    [InlineData("backends.web.balance = rr", "edge.backends.web.balance: 'rr' is not known here; expected roundrobin, leastconn, random, source or first")]
    [InlineData("backends.web.weight = 257", "edge.backends.web.weight: '257' is out of range; expected 0 to 256")]
    [InlineData("backend-defaults.weight = 257", "edge.backend-defaults.weight: '257' is out of range; expected 0 to 256")]
    [InlineData("backends.web.maxconn = many", "edge.backends.web.maxconn: 'many' is no whole number; expected 0 to 1000000 or off")]
    [InlineData("backends.web.slow-start = 30", "edge.backends.web.slow-start: '30' has no unit; expected off or a duration such as 5s, 100ms or 2m")]
    [InlineData("backends.web.backup = on", "edge.backends.web.backup: unknown key; expected one of servers, weight, maxconn, slow-start, balance, all-backups, redispatch, queue, resolve, proxy-protocol, proxy-tlvs, connect-timeout, source, retries, retry-delay, timeouts, health")]
    [InlineData("backends.web.queue.timeout = off", "edge.backends.web.queue.timeout: 'off' is no duration; expected a duration such as 5s, 100ms or 2m")]
    [InlineData("backends.web.queue.max = -1", "edge.backends.web.queue.max: '-1' is out of range; expected 0 to 100000")]
    [InlineData("backends.web.resolve.at-start = later", "edge.backends.web.resolve.at-start: 'later' is not known here; expected required or optional")]
    [InlineData(
        "backends.web.resolve.prefer = ipv5", "edge.backends.web.resolve.prefer: 'ipv5' is not known here; expected auto, ipv4 or ipv6")]
    [InlineData("backends.b.servers = [{ address = \"a.b:1\", addresses = 2 }]",
        "edge.backends.b.servers.addresses: '2' is not known here; expected first or all")]
    [InlineData("backends.b.servers = [{ address = \"10.0.0.1:1\", addresses = all }]",
        "edge.backends.b.servers.addresses: '10.0.0.1:1' is no host name; expected a host name, or no key 'addresses'")]
    [InlineData("backends.b.servers = [{ address = \"10.0.0.1:1\", weight = -1 }]", "edge.backends.b.servers.weight: '-1' is out of range; expected 0 to 256")]
    [InlineData("backends.b.servers = [{ address = \"10.0.0.1:1\", backup = yes }]", "edge.backends.b.servers.backup: 'yes' is not known here; expected on or off")]
    [InlineData("backends.b.servers = [{ address = \"10.0.0.1:1\", retries = 1 }]",
        "edge.backends.b.servers.retries: unknown key; expected one of name, address, backup, addresses, weight, maxconn, slow-start")]
    [InlineData("backend-defaults.retries = -1", "edge.backend-defaults.retries: '-1' is out of range; expected 0 to 100")]
    public void Backends(string line, string expected) => Assert.Equal(["my.conf:4: " + expected], ConfigErrorSpecs.Errors(line));

    [Theory]
    [InlineData(107, null)]
    [InlineData(108, "edge.backends.b.servers: the name of this Unix socket has 108 bytes; expected at most 107")]
    public void A_unix_socket_has_a_path_of_107_bytes_at_most(int bytes, string? expected) => Assert.Equal(
        expected is null ? [] : ["my.conf:4: " + expected],
        ConfigErrorSpecs.Errors($"backends.b.servers = \"unix:/{new string('x', bytes - 1)}\""));

    [Fact]
    public void A_backend_of_65_servers_is_told_at_the_65th()
    {
        var servers = string.Join('\n', Enumerable.Range(1, 65).Select(static port => $"\"10.0.0.1:{port}\""));
        Assert.Equal(
            ["my.conf:69: edge.backends.b.servers: there are 65 servers; expected at most 64 in a backend"],
            ConfigErrorSpecs.Errors($"backends.b.servers = [\n{servers}]"));
    }
}
