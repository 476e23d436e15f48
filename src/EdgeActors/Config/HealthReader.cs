using System.Buffers;
using Edge.Hocon;
using EdgeActors.Health;

namespace EdgeActors.Config;

/// <summary>The <c>health</c> section of a backend.</summary>
internal static class HealthReader
{
    private const int MaxText = 1024;

    /// <summary>What ends no request line and no header: visible ASCII.</summary>
    private static readonly SearchValues<char> Visible = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(static c => (char)c)]);

    private static readonly SearchValues<char> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    public static HealthSettings Read(ConfigSection section)
    {
        var interval = section.Duration("interval");
        var health = new HealthSettings
        {
            Enabled = section.Flag("enabled"),
            Check = section.Choice(
                "check", ("tcp", CheckKind.Tcp), ("tls", CheckKind.Tls), ("http", CheckKind.Http), ("https", CheckKind.Https)),
            Interval = interval,
            FastInterval = section.DurationOr("auto", "fast-interval") ?? interval,
            DownInterval = section.DurationOr("auto", "down-interval") ?? interval,
            Spread = section.Int("spread", 0, 50),
            Timeout = section.Duration("timeout"),
            Fall = section.Int("fall", 1, 1000),
            Rise = section.Int("rise", 1, 1000),
            SendProxy = section.Choice(
                "send-proxy", ("local", CheckHeader.Local), ("proxy", CheckHeader.Proxy), ("off", CheckHeader.Off),
                ("on", CheckHeader.Local), ("true", CheckHeader.Local), ("false", CheckHeader.Off)),
            Sni = ReadSni(section),
            Http = ReadHttp(section.Section("http")),
            Initial = section.Choice("initial", ("up", InitialHealth.Up), ("down", InitialHealth.Down)),
            Observe = section.Choice("observe", ("off", Observe.Off), ("connect", Observe.Connect)),
            ErrorLimit = section.Int("error-limit", 1, 1_000_000),
            OnError = section.Choice(
                "on-error", ("fail-check", OnError.FailCheck), ("fast-interval", OnError.Hurry), ("sudden-death", OnError.SuddenDeath),
                ("mark-down", OnError.MarkDown)),
            OnMarkedDown = section.Choice("on-marked-down", ("keep", OnMarkedDown.Keep), ("shutdown-sessions", OnMarkedDown.ShutdownSessions)),
        };
        // Else a check of a server that hangs would put off the next one.
        if (health.Interval > TimeSpan.Zero && health.Timeout > health.Interval)
        {
            section.Report(
                $"'timeout' ({ConfigSection.Shown(health.Timeout)}) is longer than 'interval' ({ConfigSection.Shown(health.Interval)}); expected at most as long",
                "timeout", "interval");
        }
        return health;
    }

    private static HttpCheckSettings ReadHttp(ConfigSection section) => new(
        Text(section, "method", static text => !text.AsSpan().ContainsAnyExcept(Capitals), "method", "one in capitals such as GET") ?? "",
        Text(section, "path", static text => text[0] == '/' && IsVisible(text), "path", "one without blanks such as \"/health\"") ?? "",
        Text(section, "host", IsVisible, "host", "auto or a name such as \"www.example.org\"", "auto"),
        ReadExpect(section));

    private static string? ReadSni(ConfigSection section)
    {
        const string Key = "sni", Expected = "auto or a name such as \"www.example.org\"";
        return Text(section, Key, static text => HostName.TryRead(text, out _), "host name", Expected, "auto") is { } text && HostName.TryRead(text, out var name)
            ? name
            : null;
    }

    private static StatusSet ReadExpect(ConfigSection section)
    {
        var read = StatusSet.Empty;
        Text(section, "expect", text => StatusSet.TryRead(text, out read), "list of statuses", "a list such as \"2xx,301,400-404\"");
        return read;
    }

    private static bool IsVisible(string text) => !text.AsSpan().ContainsAnyExcept(Visible);

    /// <returns>Null for <paramref name="word"/>, and for a mistake.</returns>
    private static string? Text(ConfigSection section, string key, Func<string, bool> valid, string kind, string expected, string? word = null)
    {
        var value = section.Find(key, out _) ?? throw new InvalidOperationException($"The built-in edge.conf lacks {key}.");
        if (value is HoconScalar { IsNull: false, Text.Length: > 0 and <= MaxText } scalar)
        {
            if (scalar.Text == word)
                return null;
            if (valid(scalar.Text))
                return scalar.Text;
        }
        section.Report($"{ConfigSection.Shown(value)} is no {kind}; expected {expected}", key);
        return null;
    }
}
