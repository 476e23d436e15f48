using EdgeActors.Config;

namespace EdgeActors.Tests.Config;

public class HostileConfigSpecs
{
    private static readonly string Sample = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "fiscalismia.conf"));

    [Fact]
    public void Every_truncation_and_lost_character_gives_settings_or_errors_with_a_place()
    {
        for (var i = 0; i <= Sample.Length; i++)
        {
            Check(Sample[..i]);
            Check(Sample[i..]);
            if (i < Sample.Length)
                Check(Sample.Remove(i, 1));
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[[1], {a = 1}, null]")]
    [InlineData("{}")]
    [InlineData("{ \"\" = {}, x = [] }")]
    [InlineData("\"\"")]
    [InlineData("-1")]
    [InlineData("99999999999999999999999999s")]
    [InlineData("\"\\u0000\\n\\t\"")]
    public void Any_kind_of_value_at_any_key_gives_settings_or_errors(string value)
    {
        string[] edge = [
            "listeners", "listener-defaults", "routes", "backends", "backend-defaults", "limits", "limits.memory", "upgrade",
            "upgrade.socket", "upgrade.drain-timeout", "silent-drop", "drain-timeout", "floating-ip", "floating-ip.address",
            "floating-ip.handover-timeout", "admission-timeout", "transport", "transport.kind", "transport.reactors", "transport.pipe-size",
            "log", "log.format", "log.steps", "log.hello", "log.drops", "log.drops.rate", "cluster", "cluster.tls", "cluster.health",
            "http-redirect", "http-redirect.bind", "http-redirect.rate", "http-redirect.acme-backend", "reload", "reload.watch", "control",
            "control.socket", "control.pbm", "admin", "admin.bind", "admin.health-bind", "admin.user", "admin.password",
            "admin.metrics-auth", "admin.max-connections"
        ];
        string[] listener = [
            "", ".bind", ".backlog", ".rate-limit", ".rate-limit.limit", ".rate-limit.per", ".rate-limit.except",
            ".rate-limit.except-file", ".hello-timeout", ".max-hello-size", ".on-no-sni", ".on-no-sni.route", ".on-unknown-sni",
            ".on-not-tls", ".accept-proxy", ".accept-proxy.from", ".allow", ".deny", ".allow-file", ".deny-file",
            ".rate-limit.max-connections", ".rate-limit.key", ".rate-limit.key.ipv4"];
        string[] backend = [
            "", ".servers", ".servers.x", ".proxy-protocol", ".retries", ".timeouts", ".timeouts.tunnel", ".health", ".health.enabled",
            ".health.fall", ".health.initial", ".health.check", ".health.fast-interval", ".health.spread", ".health.send-proxy",
            ".health.sni", ".health.http", ".health.http.method", ".health.http.path", ".health.http.host", ".health.http.expect",
            ".health.error-limit", ".health.on-error", ".proxy-tlvs", ".proxy-tlvs.pass", ".proxy-tlvs.send", ".redispatch", ".balance",
            ".weight", ".maxconn", ".slow-start", ".all-backups", ".queue", ".queue.max", ".queue.timeout", ".resolve",
            ".resolve.interval", ".resolve.at-start"];
        Check($"edge = {value}");
        Check($"akka = {value}");
        Check($"{value} = x");
        foreach (var key in edge)
            Check($"edge.{key} = {value}");
        foreach (var key in listener)
            Check($"edge.listeners.https{key} = {value}");
        foreach (var key in backend)
            Check($"edge.backends.web{key} = {value}");
        Check($"edge.routes.\"a.b\" = {value}");
        Check($"edge.routes.\"a.b\".h2 = {value}");
        Check($"edge.routes.\"*\" = {value}");
        Check($"edge.routes.\"a.b\".refuse = {value}");
        Check($"edge.listeners.a.routes = {value}");
        Check($"edge.listeners.a.on-silent = {value}");
        Check($"edge.backends.web.servers = [{{ name = {value}, address = {value} }}]");
        Check($"edge.backends.web.servers = [{{ address = \"10.0.0.1:1\", weight = {value}, maxconn = {value}, slow-start = {value}, backup = {value} }}]");
    }

    private static void Check(string text)
    {
        var result = EdgeSettingsReader.ReadText(text, "f", static _ => null);
        Assert.Equal(result.Settings is null, result.Errors.Count > 0);
        Assert.All(result.Errors, static m => Assert.True(m.File == "f" && m.Line > 0 && m.Message.Length > 0, m.ToString()));
    }
}
