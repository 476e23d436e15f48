namespace HaproxyImport;

/// <summary>The options of a <c>server</c> line over those of <c>default-server</c> (configuration manual, section 5.2).</summary>
internal sealed class ServerOptions
{
    /// <summary>Options without an argument.</summary>
    private static readonly HashSet<string> Flags = new(StringComparer.Ordinal)
    {
        "agent-check", "allow-0rtt", "backup", "check", "check-send-proxy", "check-ssl", "check-via-socks4", "disabled", "enabled", "force-sslv3", "force-tlsv10",
        "force-tlsv11", "force-tlsv12", "force-tlsv13", "non-stick", "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn", "ssl", "ssl-reuse",
        "stick", "tfo", "tls-tickets", "renegotiate", "check-reuse-pool",
    };

    /// <summary>Options with one.</summary>
    private static readonly HashSet<string> Valued = new(StringComparer.Ordinal)
    {
        "addr", "agent-addr", "agent-inter", "agent-port", "agent-send", "alpn", "ca-file", "check-alpn", "check-proto", "check-sni", "ciphers", "ciphersuites", "cookie",
        "crl-file", "crt", "curves", "downinter", "error-limit", "fall", "fastinter", "guid", "hash-key", "id", "idle-ping", "init-addr", "init-state", "inter", "log-proto",
        "max-reuse", "maxconn", "maxqueue", "minconn", "namespace", "npn", "observe", "on-error", "on-marked-down", "on-marked-up", "pool-low-conn", "pool-max-conn",
        "pool-purge-delay", "port", "proto", "proxy-v2-options", "redir", "resolve-net", "resolve-opts", "resolve-prefer", "resolvers", "rise", "shard", "sigalgs",
        "client-sigalgs", "slowstart", "sni", "socks4", "ssl-max-ver", "ssl-min-ver", "tcp-ut", "track", "usesrc", "interface", "verify", "verifyhost", "weight", "ws",
    };

    /// <summary>Header fields of the operator's own, by their type, such as 0x02.</summary>
    public const string CustomField = "set-proxy-v2-tlv-fmt(";

    public const string NoCheckSsl = "no-check-ssl";

    private readonly Dictionary<string, (string Value, HaproxyLine Line)> _options;

    private ServerOptions(Dictionary<string, (string, HaproxyLine)> options) => _options = options;

    public static ServerOptions None { get; } = new([]);

    public IEnumerable<string> Names => _options.Keys;

    public string? this[string option] => _options.TryGetValue(option, out var found) ? found.Value : null;

    public bool Has(string option) => _options.ContainsKey(option);

    /// <summary>The line that says it; it may be one of default-server.</summary>
    public HaproxyLine LineOf(string option) => _options[option].Line;

    /// <param name="at">The first word of the options.</param>
    public ServerOptions With(HaproxyLine line, int at, ImportNotes notes)
    {
        var options = new Dictionary<string, (string, HaproxyLine)>(_options, StringComparer.Ordinal);
        for (; at < line.Words.Count; at++)
        {
            var option = line[at];
            // With "ssl", checks have TLS unless this one says no.
            if (option is NoCheckSsl)
                options[option] = ("", line);
            if (option.StartsWith("no-", StringComparison.Ordinal) && Flags.Contains(option[3..]))
                options.Remove(option[3..]);
            else if (option is "source")
                options[option] = (line[++at], line);
            else if (Flags.Contains(option))
                options[option] = ("", line);
            else if (Valued.Contains(option) || option.StartsWith(CustomField, StringComparison.Ordinal))
                options[option] = (line[++at], line);
            else if (option.StartsWith("no-", StringComparison.Ordinal))
                continue;
            else
            {
                notes.NotCarried(line, option, "this option is not known here: what follows it was left out, too");
                break;
            }
            // Of these the last one counts: a server in maintenance is not enabled.
            if (option is "enabled")
                options.Remove("disabled");
        }
        return new ServerOptions(options);
    }
}
