using System.Net;
using EdgeActors.Settings;
using EdgeActors.Tls;
using static EdgeActors.Config.ConfigValue;

namespace EdgeActors.Config;

/// <summary>What keys must be together, each of them being right for itself.</summary>
internal static class SettingsChecks
{
    public static object? RateLimit(RateLimitSettings limit, ConfigSection section)
    {
        // Forgotten earlier, an address would get its whole allowance again within a window.
        if (limit.Expire > TimeSpan.Zero && limit.Expire < 2 * limit.Per)
        {
            section.ReportAt(["expire", "per"],
                $"'expire' ({Show(limit.Expire)}) is less than two windows of 'per' ({Show(limit.Per)}); expected at least twice as long");
        }
        return limit;
    }

    public static object? Health(HealthSettings health, ConfigSection section)
    {
        // Else a check of a server that hangs would put off the next one.
        if (health.Interval > TimeSpan.Zero && health.Timeout > health.Interval)
        {
            section.ReportAt(["timeout", "interval"],
                $"'timeout' ({Show(health.Timeout)}) is longer than 'interval' ({Show(health.Interval)}); expected at most as long");
        }
        return health with
        {
            FastInterval = health.FastInterval > TimeSpan.Zero ? health.FastInterval : health.Interval,
            DownInterval = health.DownInterval > TimeSpan.Zero ? health.DownInterval : health.Interval,
        };
    }

    public static object? Backend(BackendSettings backend, ConfigSection section)
    {
        // Inherited fields may well not concern a backend that is told in another way, or nothing at all.
        if (backend.ProxyTlvs != ProxyTlvs.None && section.FindOwn("proxy-tlvs") is { } tlvs
            && section["proxy-protocol"].Text is ("v1" or "off") and var version)
            tlvs.Fail($"proxy-protocol = {version} has no fields; expected proxy-protocol = v2 or proxy-tlvs = []");
        return backend;
    }

    public static object? Login(AdminLogin login, ConfigSection section)
    {
        if (login is { User: null } or { Password: null } or { User: "", Password: "" })
            return null;
        if (login.User.Length == 0 || login.Password.Length == 0)
        {
            section.ReportAt(["user", "password"],
                $"there is a {(login.User.Length == 0 ? "password" : "user")} alone; expected user and password, or neither");
        }
        else if (login.User.Contains(':', StringComparison.Ordinal))
            section.ReportAt(["user"], "a user name has no colon; expected another name");
        return login;
    }

    public static object? Admin(AdminSettings admin, ConfigSection section)
    {
        if (admin.Bind is { } bind && admin.Login is null && (bind.DualMode || !IPAddress.IsLoopback(bind.EndPoint.Address)))
        {
            section.ReportAt(["bind"],
                $"{bind} can be reached from outside; expected a user and a password, or an address such as \"127.0.0.1:8404\"");
        }
        return admin is { Bind: null, HealthBind: null } ? null : admin;
    }

    public static object? Otlp(OtlpSettings otlp, ConfigSection section)
    {
        if (otlp.Interval > TimeSpan.Zero && otlp.Interval < TimeSpan.FromSeconds(1))
            section.ReportAt(["interval"], $"{Show(otlp.Interval)} is too short; expected 1s or more");
        return otlp.Endpoint is null ? null : otlp;
    }

    public static object? Cluster(ClusterSettings cluster, ConfigSection section)
    {
        if (cluster is { Enabled: true, Bind: not null } && !IPAddress.IsLoopback(cluster.Bind.Address) && section["tls"].Text == "auto")
        {
            section.ReportAt(["bind"], "other machines reach this address, and whoever does could give orders to this node; "
                + "expected tls { certificate = ..., key = ..., authority = ... }, or tls = off on a network where nobody else is");
        }
        return cluster;
    }

    /// <summary>Loads the files: a node with files that no other node takes would not start.</summary>
    public static object? ClusterTls(ClusterTlsSettings files, ConfigSection section)
    {
        if (files is { Certificate: null } or { Key: null } or { Authority: null })
            return null;
        try
        {
            TlsIdentity.Load(files, TimeProvider.System.GetUtcNow());
            return files;
        }
        catch (TlsFileException e)
        {
            section.ReportAt([e.File == files.Certificate ? "certificate" : e.File == files.Key ? "key" : "authority"], e.Message);
            return null;
        }
    }

    public static object? Edge(EdgeSettings edge, ConfigSection section)
    {
        if (edge.Upgrade.Socket is { } socket && socket == edge.Control.Socket)
            section.Section("upgrade").ReportAt(["socket"], "the control socket has this path; expected another one");
        return edge;
    }
}
