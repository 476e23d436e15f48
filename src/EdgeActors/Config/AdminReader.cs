using System.Net;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.admin</c>.</summary>
internal static class AdminReader
{
    /// <param name="taken">Addresses of others.</param>
    /// <returns>Null: off.</returns>
    public static AdminSettings? Read(ConfigSection edge, IReadOnlyList<BindSettings> taken)
    {
        var section = edge.Section("admin");
        var bind = ReadBind(section, "bind", taken);
        var login = ReadLogin(section);
        var settings = new AdminSettings
        {
            Bind = bind,
            HealthBind = ReadBind(section, "health-bind", bind is null ? taken : [.. taken, bind]),
            Login = login,
            MetricsAuth = section.Flag("metrics-auth"),
            MaxConnections = section.Int("max-connections", 1, 10_000),
        };
        if (bind is not null && login is null && !IsLoopback(bind))
            section.Report($"{bind} can be reached from outside; expected a user and a password, or an address such as \"127.0.0.1:8404\"", "bind");
        return settings is { Bind: null, HealthBind: null } ? null : settings;
    }

    private static bool IsLoopback(BindSettings bind) => !bind.DualMode && IPAddress.IsLoopback(bind.EndPoint.Address);

    private static BindSettings? ReadBind(ConfigSection section, string key, IReadOnlyList<BindSettings> taken)
    {
        var value = section.Find(key, out var path)!;
        if (value is HoconScalar { Text: "off" or "false" })
            return null;
        if (value is not HoconScalar { IsNull: false } text)
            section.Reading.Report(value.Origin, path, $"{ConfigSection.Shown(value)} where an address is expected, such as \"127.0.0.1:8404\", or off");
        else if (!Addresses.TryReadBind(text.Text, out var bind, out var mistake))
            section.Reading.Report(value.Origin, path, mistake);
        else if (taken.Any(other => Addresses.Overlap(other, bind)))
            section.Reading.Report(value.Origin, path, $"{bind} is taken already; expected another address or port");
        else
            return bind;
        return null;
    }

    /// <summary>Mistakes never show what was written: it may be the password.</summary>
    private static AdminLogin? ReadLogin(ConfigSection section)
    {
        var (user, password) = (ReadText(section, "user"), ReadText(section, "password"));
        if (user is null || password is null || (user.Length == 0 && password.Length == 0))
            return null;
        if (user.Length == 0 || password.Length == 0)
            section.Report($"there is a {(user.Length == 0 ? "password" : "user")} alone; expected user and password, or neither", "user", "password");
        else if (user.Contains(':', StringComparison.Ordinal))
            section.Report("a user name has no colon; expected another name", "user");
        return new AdminLogin(user, password);
    }

    private static string? ReadText(ConfigSection section, string key)
    {
        var value = section.Find(key, out var path)!;
        if (value is HoconScalar { IsNull: false } text && !text.Text.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            return text.Text;
        section.Reading.Report(value.Origin, path, $"this is no text on one line; expected {key} = \"...\"");
        return null;
    }
}
