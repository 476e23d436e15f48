using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.EndToEnd;

/// <summary>Edge between the clients and the backends that people have: openssl, curl, nginx, HAProxy.</summary>
public sealed class RealBackendSpecs
{
    private const string Nginx = "nginx.test";
    private const string Haproxy = "haproxy.test";

    /// <summary>Ten soon, and each with the time of a busy machine: one that is given up before it has sent its header is a broken one to
    /// nginx.</summary>
    private const string Often = "interval = 2s, timeout = 2s, fast-interval = 100ms, rise = 10, initial = down";

    [RequiresToolFact("nginx", "openssl")]
    public async Task The_certificate_that_openssl_sees_is_that_of_nginx()
    {
        await using var nginx = await NginxBackend.Start(Nginx);
        await using var edge = await Edge(Nginx, nginx.EndPoint);
        Assert.Equal(nginx.Certificate.Fingerprint, await SeenByOpenssl(edge, Nginx));
    }

    [RequiresToolFact("haproxy", "openssl")]
    public async Task The_certificate_that_openssl_sees_is_that_of_haproxy()
    {
        await using var haproxy = await HaproxyBackend.Start(Haproxy);
        await using var edge = await Edge(Haproxy, haproxy.EndPoint);
        Assert.Equal(haproxy.Certificate.Fingerprint, await SeenByOpenssl(edge, Haproxy));
    }

    [RequiresToolFact("nginx", "haproxy")]
    public async Task Each_name_leads_to_its_own_backend_and_certificate()
    {
        await using var nginx = await NginxBackend.Start(Nginx);
        await using var haproxy = await HaproxyBackend.Start(Haproxy);
        await using var edge = await EdgeUnderTest.Start($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0", rate-limit = off } }
              routes { "{{Nginx}}" = nginx, "{{Haproxy}}" = haproxy }
              backends {
                nginx { servers = ["{{nginx.EndPoint}}"] }
                haproxy { servers = ["{{haproxy.EndPoint}}"] }
              }
            }
            """);

        var first = await Client.Get(edge.EndPoint, Nginx, "/who");
        first.ShouldBeFine();
        Assert.Contains("nginx sees", first.Text);
        Assert.Equal(nginx.Certificate.Fingerprint, first.Fingerprint);

        // Names compare without case, and a trailing dot is no other name.
        var second = await Client.Get(edge.EndPoint, "HAproxy.TEST");
        second.ShouldBeFine();
        Assert.Contains("haproxy sees", second.Text);
        Assert.Equal(haproxy.Certificate.Fingerprint, second.Fingerprint);
        await edge.ShouldHoldNothing();
    }

    [RequiresToolFact("nginx", "curl")]
    public async Task Nginx_logs_the_address_and_port_that_curl_has()
    {
        await using var nginx = await NginxBackend.Start(Nginx);
        await using var edge = await Edge(Nginx, nginx.EndPoint);
        var (body, client) = await Curl(edge, Nginx, "/who");
        Assert.Equal($"nginx sees {client}\n", body);
        await Eventually.True(
            () =>
                nginx.AccessLog.Contains($"{client} GET /who 200\n", StringComparison.Ordinal), () =>
                    $"{client} is not in {nginx.AccessLog}");
    }

    [RequiresToolFact("haproxy", "curl")]
    public async Task Haproxy_logs_the_address_and_port_that_curl_has()
    {
        await using var haproxy = await HaproxyBackend.Start(Haproxy);
        await using var edge = await Edge(Haproxy, haproxy.EndPoint);
        var (body, client) = await Curl(edge, Haproxy, "/");
        Assert.Equal($"haproxy sees {client}\n", body);
        await haproxy.Log.WaitFor(line => line.Contains($"{client} [", StringComparison.Ordinal), client);
    }

    [RequiresToolFact("nginx")]
    public async Task Nginx_takes_the_health_checks_for_good()
    {
        await using var nginx = await NginxBackend.Start(Nginx);
        await using var edge = await Edge(Nginx, nginx.EndPoint, Often);
        await edge.Log.WaitFor("is UP: 10 of 10 checks succeeded");
        await Eventually.True(() => nginx.Checks >= 10, () => $"there were no ten checks:\n{nginx.ErrorLog}");
        Assert.DoesNotContain("broken header", nginx.ErrorLog);
        Assert.DoesNotContain("[error]", nginx.ErrorLog);
        Assert.DoesNotContain(edge.Log.Lines, line => line.Contains("is DOWN", StringComparison.Ordinal));
        (await Client.Get(edge.EndPoint, Nginx, "/who")).ShouldBeFine();
    }

    [RequiresToolFact("haproxy")]
    public async Task Haproxy_takes_the_health_checks_for_good()
    {
        await using var haproxy = await HaproxyBackend.Start(Haproxy);
        await using var edge = await Edge(Haproxy, haproxy.EndPoint, Often);
        await edge.Log.WaitFor("is UP: 10 of 10 checks succeeded");
        await Eventually.True(() => haproxy.Log.Lines.Count >= 10, () => $"there were no ten checks:\n{haproxy.Log.Text}");
        Assert.DoesNotContain("PROXY", haproxy.Log.Text);
        Assert.DoesNotContain(edge.Log.Lines, line => line.Contains("is DOWN", StringComparison.Ordinal));
        (await Client.Get(edge.EndPoint, Haproxy)).ShouldBeFine();
    }

    private static Task<EdgeUnderTest> Edge(string name, System.Net.IPEndPoint server, string health = "") => EdgeUnderTest.Start($$"""
        edge {
          listeners { https { bind = "127.0.0.1:0" } }
          routes { "{{name}}" = web }
          backends { web { servers = ["{{server}}"], health { {{health}} } } }
        }
        """);

    private static async Task<string> SeenByOpenssl(EdgeUnderTest edge, string name)
    {
        var seen = await Tool.Run("openssl", "s_client", "-connect", edge.EndPoint.ToString(), "-servername", name);
        return TestCertificate.FingerprintOf(seen.ShouldSucceed().Out);
    }

    private static async Task<(string Body, string Client)> Curl(EdgeUnderTest edge, string name, string path)
    {
        var port = edge.EndPoint.Port;
        var done = await Tool.Run(
            "curl", "--silent", "--show-error", "--fail", "--insecure", "--resolve", $"{name}:{port}:127.0.0.1",
            "--write-out", "%{stderr}%{local_ip}:%{local_port}", $"https://{name}:{port}{path}");
        return (done.ShouldSucceed().Out, done.Err.Trim());
    }
}
