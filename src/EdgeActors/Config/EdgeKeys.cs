using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Health;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>Every key of <c>edge { }</c>: type, range, setting, and <see cref="KeyEffect"/> (default: NewConnections). Defaults are in
/// <c>hocon/edge.conf</c>.</summary>
internal static class EdgeKeys
{
    private const int Million = 1_000_000;
    private const string HostExamples = "auto or a name such as \"www.example.org\"";

    /// <summary>Visible ASCII, which excludes line breaks.</summary>
    private static string? VisibleOnly(string text) => text.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : text;

    private static readonly KeyTable<RateLimitSettings> RateLimit = new(
        Key.Int("limit", 1, Million, or: "off"),
        Key.Duration("per", longest: RateLimitSettings.MaxPeriod),
        Key.Int("max-connections", 1, Million, or: "off"),
        Key.Section("key", new KeyTable<PrefixLengths>(Key.Int("ipv4", 1, AddressKey.IPv4Bits), Key.Int("ipv6", 1, AddressKey.IPv6Bits))),
        Key.Inline(nameof(RateLimitSettings.Except), new KeyTable<ExceptKeys>(
            Key.Of("except", static value => value), Key.Of("except-file", static value => value))
        {
            Then = AccessReader.ReadExcept,
        }),
        Key.Int("table-size", 1, 100_000_000),
        Key.Duration("expire", longest: RateLimitSettings.MaxExpire))
    {
        Then = SettingsChecks.RateLimit,
    };

    private static readonly KeyTable<ListenerSettings> Listener = new(
        Key.Own("bind", AddressReader.ListenerBinds).As(nameof(ListenerSettings.Binds)).At(KeyEffect.Now),
        Key.Int("backlog", 1, 65_535).At(KeyEffect.Now),
        Key.Inline(nameof(ListenerSettings.Access), new KeyTable<AccessKeys>(
            Key.Of("allow", static value => value), Key.Of("allow-file", static value => value),
            Key.Of("deny", static value => value), Key.Of("deny-file", static value => value))
        {
            Then = AccessReader.Read,
        }),
        Key.SectionUnlessOff("rate-limit", RateLimit, "limit", "max-connections"),
        Key.Duration("hello-timeout"),
        Key.Size("max-hello-size", 1 << 10, 1 << 16),
        Key.Inline(nameof(ListenerSettings.Refusals), new KeyTable<RefusalSettings>(
            Key.Of("on-no-sni", static value => RouteReader.Refusal(value)).As(nameof(RefusalSettings.NoSni)),
            Key.Of("on-unknown-sni", static value => RouteReader.Refusal(value)).As(nameof(RefusalSettings.UnknownSni)),
            Key.Of("on-not-tls", static value => RouteReader.Refusal(value, isTls: false)).As(nameof(RefusalSettings.NotTls)),
            Key.Of("on-silent", static value => RouteReader.Refusal(value, isTls: false)).As(nameof(RefusalSettings.Silent)),
            Key.Of("on-malformed", static value => RouteReader.Refusal(value)).As(nameof(RefusalSettings.Malformed)),
            Key.Of("on-too-large", static value => RouteReader.Refusal(value)).As(nameof(RefusalSettings.TooLarge)))),
        Key.Own("routes", static (_, routes) => routes is { } own ? RouteReader.Read(own) : null),
        Key.SectionOr("accept-proxy", new KeyAlone(Key.Optional("from", AddressReader.AcceptProxy)), " or off", "off", "false"));

    private static readonly Key[] ServerShare =
    [
        Key.Int("weight", 0, ServerSettings.MaxWeight),
        Key.Int("maxconn", 0, Million, or: "off").As(nameof(ServerSettings.MaxConnections)),
        Key.Duration("slow-start", or: "off"),
    ];

    public static readonly KeyTable<ServerSettings> Server = new(
    [
        Key.Own("name", ServerReader.Name),
        Key.Needed("address", "a server needs an address; expected { name = s1, address = \"10.0.0.2:443\" }", ServerReader.Address)
            .As(nameof(ServerSettings.EndPoint)),
        Key.Own("backup", ServerReader.Backup).As(nameof(ServerSettings.IsBackup)),
        Key.Own("addresses", ServerReader.AllAddresses).As(nameof(ServerSettings.AllAddresses)),
        .. ServerShare,
    ])
    {
        Then = ServerReader.Complete,
    };

    private static readonly KeyTable<PoolSettings> Pool = new(
        Key.Choice(
            "balance",
            ("roundrobin", BalanceAlgorithm.RoundRobin),
            ("leastconn", BalanceAlgorithm.LeastConnections),
            ("random", BalanceAlgorithm.Random),
            ("source", BalanceAlgorithm.Source),
            ("first", BalanceAlgorithm.First)),
        Key.Flag("all-backups"),
        Key.Flag("redispatch"),
        Key.Section("queue", new KeyTable<QueueSettings>(Key.Int("max", 0, 100_000), Key.Duration("timeout"))),
        Key.Section("resolve", new KeyTable<ResolveSettings>(
            Key.Duration("interval", or: "off"),
            Key.Choice("at-start", ("required", true), ("optional", false)).As(nameof(ResolveSettings.NeededAtStart)),
            Key.Choice(
                "prefer",
                ("auto", (AddressFamily?)null),
                ("ipv4", AddressFamily.InterNetwork),
                ("ipv6", AddressFamily.InterNetworkV6)))).At(KeyEffect.Now));

    private static readonly KeyTable<HttpCheckSettings> HttpCheck = new(
        Key.Text("method", "method", "one in capitals such as GET", static text => text.All(char.IsAsciiLetterUpper) ? text : null),
        Key.Text("path", "path", "one without blanks such as \"/health\"",
            static text => text == HttpCheckSettings.AnyPath || text[0] == '/' ? VisibleOnly(text) : null),
        Key.Text("host", "host", HostExamples, VisibleOnly, "auto"),
        Key.Text("expect", "list of statuses", "a list such as \"2xx,301,400-404\"",
            static text => StatusSet.TryRead(text, out var set) ? set : null))
    {
        Then = SettingsChecks.HttpCheck,
    };

    private static readonly KeyTable<HealthSettings> Health = new(
        Key.Flag("enabled"),
        Key.Choice<CheckKind>("check"),
        Key.Duration("interval"),
        Key.Duration("fast-interval", or: "auto"),
        Key.Duration("down-interval", or: "auto"),
        Key.Int("spread", 0, 50),
        Key.Duration("timeout"),
        Key.Int("fall", 1, 1000),
        Key.Int("rise", 1, 1000),
        Key.Choice(
            "send-proxy", ("local", CheckHeader.Local), ("proxy", CheckHeader.Proxy), ("off", CheckHeader.Off),
            ("on", CheckHeader.Local), ("true", CheckHeader.Local), ("false", CheckHeader.Off)),
        Key.Text("sni", "host name", HostExamples, static text => HostName.TryRead(text, out var name) ? name : null, "auto"),
        Key.Section("http", HttpCheck),
        Key.Choice<InitialHealth>("initial"),
        Key.Choice<Observe>("observe"),
        Key.Int("error-limit", 1, Million),
        Key.Choice<OnError>("on-error"),
        Key.Choice<OnMarkedDown>("on-marked-down"))
    {
        Then = SettingsChecks.Health,
    };

    private static readonly KeyTable<BackendSettings> Backend = new(
    [
        Key.Own("servers", ServerReader.Read),
        .. ServerShare.Select(static key => key.As(null)),
        Key.Inline(nameof(BackendSettings.Pool), Pool),
        Key.Choice("proxy-protocol", ("v2", ProxyProtocol.V2), ("v1", ProxyProtocol.V1), ("off", ProxyProtocol.Off)),
        Key.Of("proxy-tlvs", ProxyTlvReader.Read),
        Key.Duration("connect-timeout"),
        Key.Text("source", "IP address", "auto or an address such as \"10.0.0.5\"", AddressReader.Plain, "auto"),
        Key.Int("retries", 0, 100),
        Key.Duration("retry-delay", zero: true),
        Key.Section("timeouts", new KeyTable<RelayTimeouts>(
            Key.Duration("tunnel", or: "off"), Key.Duration("client", or: "off"), Key.Duration("server", or: "off"),
            Key.Duration("client-fin", or: "off"), Key.Duration("server-fin", or: "off"),
            Key.Duration("keepalive", or: "off", longest: RelayTimeouts.LongestKeepalive))),
        Key.Section("health", Health).At(KeyEffect.Now),
    ])
    {
        Then = SettingsChecks.Backend,
    };

    private static readonly KeyTable<HttpRedirectSettings> HttpRedirect = new(
        Key.Of("bind", static value => value.IsOff ? [] : AddressReader.Binds(value, "\"*:80\", or off", "http-redirect"))
            .As(nameof(HttpRedirectSettings.Binds)),
        Key.Int("rate", 1, 100_000, or: "off"),
        Key.Int("max-connections", 1, Million),
        Key.Duration("timeout"),
        Key.Of("acme-backend", static value => value.IsOff ? null : value.Server("\"10.0.0.5:80\", or off")))
    {
        Then = static (redirect, _) => redirect.Binds.Count == 0 ? null : redirect,
    };

    private static readonly KeyTable<AdminSettings> Admin = new(
        Key.Of("bind", AddressReader.AdminBind),
        Key.Inline(
            nameof(AdminSettings.Login), new KeyTable<AdminLogin>(Key.Of("user", Line), Key.Of("password", Line) with { IsSecret = true })
        {
            Then = SettingsChecks.Login,
        }),
        Key.Of("health-bind", AddressReader.AdminBind),
        Key.Flag("metrics-auth"),
        Key.Int("max-connections", 1, 10_000))
    {
        Then = SettingsChecks.Admin,
    };

    private static readonly KeyTable<LogSettings> Log = new(
        Key.Choice<LogFormat>("format"),
        Key.Flag("connections"),
        Key.Flags("steps", "step", "[accept, close]",
            ("accept", LogSteps.Accept), ("request", LogSteps.Request), ("connect", LogSteps.Connect), ("close", LogSteps.Close)),
        Key.Flag("hello"),
        Key.Section("drops", new KeyTable<DropLogSettings>(
            Key.Int("sample", 1, Million),
            Key.Int("rate", 1, Million, or: "off"))
        {
            Then = static (drops, _) => drops is { Sample: 1, Rate: null } ? null : drops,
        }),
        Key.Int("queue", 1, Million),
        Key.Choice<LogThreshold>("level").At(KeyEffect.Now));

    private static readonly KeyTable<OtlpSettings> Otlp = new(
        Key.Text("endpoint", "address of a collector", "such as \"http://127.0.0.1:4318\", or off", Collector, "off", "false"),
        Key.Duration("interval", longest: TimeSpan.FromDays(1)),
        Key.Text("traces", "share", "0 (no connection) to 1 (every connection), such as 0.01", Share),
        Key.Of("headers", Headers) with { IsSecret = true })
    {
        Then = SettingsChecks.Otlp,
    };

    private static readonly KeyTable<ClusterSettings> Cluster = new(
        Key.Flag("enabled"),
        Key.Text("name", "name", "auto, or 1 to 64 characters without spaces and quotes", static text =>
            text == "auto" ? Environment.MachineName
            : text.Length <= 64 && !text.Any(static c => char.IsWhiteSpace(c) || c is '"' or '\\') ? text : null),
        Key.Of("bind", AddressReader.ClusterBind),
        Key.SectionOr("tls", new KeyTable<ClusterTlsSettings>(
            PemFile("certificate"), PemFile("key"), PemFile("authority"))
        {
            Then = SettingsChecks.ClusterTls,
        }, ", auto or off", "auto", "off", "false"),
        Key.Section("health", new KeyAlone(Key.Flag("shortens-fall"))).As(nameof(ClusterSettings.ShortensFall)),
        Key.Of("seeds", AddressReader.Seeds),
        Key.Duration("stable-after"))
    {
        Then = SettingsChecks.Cluster,
    };

    private static readonly KeyTable<TransportSettings> Transport = new(
        Key.Choice<TransportKind>("kind"),
        Key.Size("buffer-size", 1 << 10, 1 << 24),
        Key.Int("reactors", 1, 1024, or: "auto"),
        Key.Size("pipe-size", 1 << 14, 1 << 26),
        Key.Int("max-pipes", 0, Million),
        Key.Flag("pin-reactors"),
        Key.Flag("defer-accept"));

    /// <summary>The order matters: the later of two sections with the same address gets the error.</summary>
    public static readonly KeyTable<EdgeSettings> Edge = new(
        Key.Named(
            "listeners", "listener-defaults", Listener, "listener", "https { bind = \"*:443\" }", static list => list, isNeeded: true),
        Key.Defaults("listener-defaults", Listener),
        Key.Of("routes", RouteReader.Read),
        Key.Named("backends", "backend-defaults", Backend, "backend", "web { servers = [\"10.0.0.2:443\"] }",
            static list => list.ToFrozenDictionary(static backend => backend.Name, StringComparer.Ordinal)),
        Key.Defaults("backend-defaults", Backend),
        Key.Section("http-redirect", HttpRedirect).At(KeyEffect.Restart),
        Key.Section("admin", Admin).At(KeyEffect.Restart),
        Key.Section("limits", new KeyTable<LimitSettings>(
            Key.Int("max-connections", 1, Million),
            Key.Int("max-peeks", 1, Million).At(KeyEffect.Restart),
            Key.Text("memory", "share of the memory", "10% to 100%, or off", Percent, "off", "false"),
            Key.Text("pinned-memory", "share of the memory", "10% to 100%, or off", Percent, "off", "false"),
            Key.Section("buffers", new KeyTable<BufferSettings>(
                Key.Size("client-send", 1 << 16, 1 << 30, or: "off"),
                Key.Size("server-receive", 1 << 16, 1 << 30, or: "off"))).At(KeyEffect.Restart))).At(KeyEffect.Now),
        Key.Section("silent-drop", new KeyTable<SilentDropSettings>(
            Key.Duration("hold", zero: true), Key.Int("max", 0, Million, or: "auto"),
            Key.Choice("kernel", ("auto", true), ("off", false), ("false", false)))).At(KeyEffect.Restart),
        Key.Duration("drain-timeout", zero: true).At(KeyEffect.Now),
        Key.Section("floating-ip", new KeyTable<FloatingIpSettings>(
            Key.Of("address", AddressReader.FloatingIps).As(nameof(FloatingIpSettings.Addresses)),
            Key.Duration("handover-timeout", zero: true),
            Key.Duration("handover-silence", zero: true))).At(KeyEffect.Now),
        Key.Section("reload", new KeyAlone(Key.Duration("watch", or: "off"))).As(nameof(EdgeSettings.ReloadWatch)).At(KeyEffect.Now),
        Key.Duration("admission-timeout").At(KeyEffect.Restart),
        Key.Section("transport", Transport).At(KeyEffect.Restart),
        Key.Section("log", Log).At(KeyEffect.Restart),
        Key.Section("telemetry", new KeyAlone(Key.Section("otlp", Otlp))).As(nameof(EdgeSettings.Otlp)).At(KeyEffect.Restart),
        Key.Section("control", new KeyTable<ControlSettings>(
            Key.Of("socket", static value => AddressReader.SocketPath(value, "/run/edge/ctl.sock")),
            Key.Of("pbm", AddressReader.Pbm))).At(KeyEffect.Restart),
        Key.Section("upgrade", new KeyTable<UpgradeSettings>(
            Key.Of("socket", static value => AddressReader.SocketPath(value, "/run/edge/upgrade.sock")).At(KeyEffect.Restart),
            Key.Duration("drain-timeout", or: "off").At(KeyEffect.Now),
            Key.Flag("keeper").At(KeyEffect.Restart),
            Key.Duration("keep-after", zero: true).At(KeyEffect.Restart))),
        Key.Section("cluster", Cluster).At(KeyEffect.Restart))
    {
        Then = SettingsChecks.Edge,
    };

    private static Key PemFile(string key) => Key.Needed(
        key, $"this key is missing; expected {key} = \"/etc/edge/tls/{key}.pem\"",
        value => AddressReader.PemFile(value, key), isOwn: false);

    private static Uri? Collector(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" } ? uri : null;

    private static object? Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share)
            && share is >= 0 and <= 1 ? share : null;

    /// <summary>The message omits the value, which may be a token.</summary>
    private static object? Headers(ConfigValue value) => value.Text is { } text && !text.AsSpan().ContainsAnyInRange('\0', '\u001f')
        && (text.Length == 0 || text.Split(',').All(static header => header.IndexOf('=', StringComparison.Ordinal) > 0))
        ? text
        : value.Fail("these are no headers; expected headers = \"name=value,name=value\"");

    private static object? Percent(string text) =>
        text is [.. var digits, '%'] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 10 and <= 100 ? percent : null;

    /// <summary>The message omits the value, which may be the password.</summary>
    private static object? Line(ConfigValue value) => value.Text is { } text && !text.AsSpan().ContainsAnyInRange('\0', '\u001f')
        ? text
        : value.Fail($"this is no text on one line; expected {value.Path[(value.Path.LastIndexOf('.') + 1)..]} = \"...\"");
}
