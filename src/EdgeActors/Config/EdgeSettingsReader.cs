using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;
using EdgeActors.Tls;
using static EdgeActors.Config.ConfigValue;

namespace EdgeActors.Config;

/// <summary>Reads settings from configuration files. Reports all errors at once; does not throw.</summary>
public static class EdgeSettingsReader
{
    private const string DefaultsName = "edge.conf (built in)";

    /// <summary>The built-in defaults, <c>hocon/edge.conf</c> in the sources.</summary>
    internal static HoconObject Defaults { get; } = ReadDefaults();

    /// <param name="environment">The variables for <c>${?NAME}</c>; null: the process environment.</param>
    public static EdgeSettingsResult Load(string path, Func<string, string?>? environment = null) =>
        Read(HoconReader.ReadFile(path, environment ?? Environment.GetEnvironmentVariable));

    /// <summary><see cref="Load"/> for text without a file, which cannot include files.</summary>
    public static EdgeSettingsResult ReadText(string text, string name = "text", Func<string, string?>? environment = null) =>
        Read(HoconReader.ReadText(text, name, environment ?? Environment.GetEnvironmentVariable));

    private static EdgeSettingsResult Read(HoconResult file)
    {
        var backends = file.Root?.Find("edge", "backends") is HoconObject names ? names.Fields.Select(static field => field.Key) : [];
        var reading = new ConfigReading(file.Root?.Origin ?? default) { Backends = [.. backends] };
        foreach (var error in file.Errors)
            reading.Report(error);
        var settings = file.Root is { } root ? Read(root, reading) : null;
        var errors = reading.Errors();
        IReadOnlyList<HoconFile> files = [.. file.Files, .. reading.Files];
        if (errors.Count > 0 || settings is null)
            return new EdgeSettingsResult(null, errors) { Files = files };
        SettingsWarnings.Report(settings, file.Root!, reading);
        return new EdgeSettingsResult(settings with { Keys = reading.Keys.All }, errors) { Files = files, Warnings = reading.Warnings() };
    }

    private static EdgeSettings? Read(HoconObject file, ConfigReading reading)
    {
        var root = new ConfigSection(reading, new ConfigScope(file, ""), new ConfigScope(Defaults, "", BuiltIn: true));
        root.ReportUnknownKeys(["edge", "akka"], []);
        var edge = root.Section("edge");
        return (EdgeSettings?)EdgeKeys.Edge.Read(edge, (nameof(EdgeSettings.AkkaHocon), ReadAkka(root)));
    }

    private static HoconObject ReadDefaults()
    {
        using var stream = typeof(EdgeSettingsReader).Assembly.GetManifestResourceStream("edge.conf")!;
        using var reader = new StreamReader(stream);
        return HoconReader.ReadText(reader.ReadToEnd(), DefaultsName).RootOrThrow();
    }

    private static object? ReadAkka(ConfigSection root)
    {
        if (root.FindOwn("akka") is not { } value)
            return "";
        if (value.Value is not HoconObject akka)
            return value.Fail($"{value.Shown} where a section is expected: akka {{ ... }}");
        root.Reading.Keys.Add(value, null, KeyEffect.Restart);
        return new HoconObject([new HoconField("akka", akka, akka.Origin)], akka.Origin).Render();
    }
}

/// <param name="File">As given, or as resolved from the including file.</param>
/// <param name="Line">From 1; 0 if the error has no line (an unreadable file, a missing section).</param>
/// <param name="Path">Dotted, e.g. <c>edge.backends.web.servers</c>; empty for text that is not HOCON.</param>
/// <param name="Column">From 1, for text that is not HOCON; else 0.</param>
public sealed record ConfigError(string File, int Line, string Path, string Message, int Column = 0)
{
    /// <summary><c>file:line: path: message</c> or <c>file:line:column: message</c>; absent parts are omitted.</summary>
    public override string ToString()
    {
        var place = (Line, Column) switch
        {
            (0, _) => File,
            (_, 0) => $"{File}:{Line}",
            _ => $"{File}:{Line}:{Column}",
        };
        return Path.Length > 0 ? $"{place}: {Path}: {Message}" : $"{place}: {Message}";
    }
}

/// <summary>Settings or errors, never both.</summary>
public sealed record EdgeSettingsResult(EdgeSettings? Settings, IReadOnlyList<ConfigError> Errors)
{
    /// <summary>Values that are valid but probably wrong. Empty if there are errors.</summary>
    public IReadOnlyList<ConfigError> Warnings { get; init; } = [];

    /// <summary>All files opened, with or without errors; empty for text.</summary>
    public IReadOnlyList<HoconFile> Files { get; init; } = [];
}

/// <summary>The addresses of the node running with a configuration file. Nothing else is checked, for container health checks run
/// often.</summary>
/// <param name="Health">The HTTP health endpoint; null: off, or its port is chosen by the kernel.</param>
/// <param name="Control">Path of its control socket; null: off.</param>
/// <param name="Listener">A listening address; null: none has a fixed port.</param>
public sealed record OperatorEndpoints(IPEndPoint? Health, string? Control, IPEndPoint? Listener)
{
    /// <param name="error">Why the file cannot be read.</param>
    /// <param name="environment">The variables for <c>${?NAME}</c>; null: the process environment.</param>
    /// <returns>Null if the file cannot be read as HOCON.</returns>
    public static OperatorEndpoints? Load(string path, out string error, Func<string, string?>? environment = null)
    {
        var result = HoconReader.ReadFile(path, environment ?? Environment.GetEnvironmentVariable);
        error = result.Errors.Count > 0 ? result.Errors[0].ToString() : "";
        return result.Root is not { } root ? null : new OperatorEndpoints(
            Address(root.Find("edge", "admin", "health-bind")),
            root.Find("edge", "control", "socket") is HoconScalar { Text: ['/', ..] } text ? text.Text : null,
            (root.Find("edge", "listeners") as HoconObject)?.Fields
                .Select(static field => Address((field.Value as HoconObject)?.Find("bind")))
                .FirstOrDefault(static address => address is not null));
    }

    /// <summary>The address to connect to from this machine: loopback for a wildcard.</summary>
    private static IPEndPoint? Address(HoconValue? value)
    {
        if (value is HoconArray { Items: [var first, ..] })
            value = first;
        if (value is not HoconScalar text || !Addresses.TryReadBind(text.Text, out var bind, out _) || bind.EndPoint.Port == 0)
            return null;
        var address = bind.EndPoint.Address;
        if (bind.DualMode || address.Equals(IPAddress.Any))
            address = IPAddress.Loopback;
        else if (address.Equals(IPAddress.IPv6Any))
            address = IPAddress.IPv6Loopback;
        return new IPEndPoint(address, bind.EndPoint.Port);
    }
}

/// <summary>Checks between keys that are valid on their own.</summary>
internal static class SettingsChecks
{
    public static object? RateLimit(RateLimitSettings limit, ConfigSection section)
    {
        // With a shorter expiry an address would regain its full allowance within a window.
        if (limit.Expire > TimeSpan.Zero && limit.Expire < 2 * limit.Per)
        {
            section.ReportAt(["expire", "per"],
                $"'expire' ({Show(limit.Expire)}) is less than two windows of 'per' ({Show(limit.Per)}); expected at least twice as long");
        }
        return limit;
    }

    public static object? Health(HealthSettings health, ConfigSection section)
    {
        // A longer timeout would let a hanging server delay the next check.
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

    public static object? HttpCheck(HttpCheckSettings http, ConfigSection section)
    {
        if (http is { Path: HttpCheckSettings.AnyPath, Method: not (null or HttpCheckSettings.AnyPathMethod) })
        {
            section.ReportAt(["path", "method"], $"the path \"*\" has no meaning for {http.Method}; "
                + "expected method = OPTIONS, or a path such as \"/health\"");
        }
        return http;
    }

    public static object? Backend(BackendSettings backend, ConfigSection section)
    {
        // Inherited fields may not apply to a backend with another PROXY version or none.
        if (backend.ProxyTlvs != default && section.FindOwn("proxy-tlvs") is { } tlvs
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

    /// <summary>Loads the files, so that a node with unusable files does not start.</summary>
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
        if (edge.Upgrade.Keeper && edge.Transport.Kind == TransportKind.Sockets)
            section.Section("upgrade").ReportAt(["keeper"], "transport.kind = sockets keeps no connections; expected off, or transport.kind = epoll");
        return edge;
    }
}
