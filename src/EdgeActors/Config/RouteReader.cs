using System.Diagnostics.CodeAnalysis;
using System.Net;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary><c>edge.routes</c>, the routes of a listener, and its keys for clients without a route.</summary>
internal static class RouteReader
{
    /// <summary>The key for all protocols without a key of their own. No registered protocol has this name.</summary>
    private const string OtherProtocols = "default";

    /// <summary>The key that refuses clients, in place of a backend. No registered protocol has this name.</summary>
    private const string RefuseKey = "refuse";

    /// <summary>Maximum length of a protocol name (RFC 7301 §3.1: a one-byte length).</summary>
    private const int MaxProtocol = 255;

    private const string NameExpected = "where the name of a backend is expected";
    private const string ToBackend = "{ route = BACKEND }";

    private const string BackendExpected = $"{NameExpected}: {ToBackend}";
    private const string Modes = "silent-drop, reset, close or alert";

    private static readonly KeyAlone Route = new(Key.Needed("route", $"nothing {BackendExpected}", static value => Backend(value)));

    public static object? Read(ConfigValue routes)
    {
        var read = new List<RouteSettings>();
        if (routes.Value is not HoconObject names)
            return routes.Fail($"{routes.Shown} where a section is expected: routes {{ ... }}") ?? read;
        var seen = new Dictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var field in names.Fields)
        {
            var target = routes.Below(field);
            if (!IsTarget(field))
            {
                target.Fail($"{target.Shown} {NameExpected}; a server name with dots needs double quotes: \"www.example.org\" = BACKEND");
                continue;
            }
            var (backend, refuse, protocols) = ReadTarget(target);
            if (!TryReadName(field.Key, out var name))
            {
                routes.Reading.Report(field.KeyOrigin, target.Path, "this is no host name; "
                    + "expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", "
                    + "or \"*.example.org\" for all names below, or \"*\" for all others");
            }
            else if (!seen.TryAdd(name, field))
            {
                routes.Reading.Report(field.KeyOrigin, target.Path,
                    $"the same server name as \"{seen[name].Key}\" of line {seen[name].KeyOrigin.Line}; expected each name once");
            }
            else
            {
                read.Add(new RouteSettings(name, backend, protocols, refuse));
            }
        }
        return read;
    }

    /// <summary>The policy for clients of one kind without a route.</summary>
    /// <param name="isTls">Whether an alert is possible.</param>
    public static object? Refusal(ConfigValue value, bool isTls = true)
    {
        if (value.Value is HoconObject own)
        {
            var section = new ConfigSection(value.Reading, new ConfigScope(own, value.Path));
            return new RefusalPolicy(CloseMode.SilentDrop, (string?)Route.Read(section));
        }
        return Mode(value) switch
        {
            CloseMode.Alert when !isTls => value.Fail("a TLS alert means nothing to a client that does not speak TLS; "
                + $"expected silent-drop, reset, close or {ToBackend}"),
            { } mode => new RefusalPolicy(mode),
            _ => value.Fail($"{value.Shown} is not known here; "
                + $"expected silent-drop, reset, close{(isTls ? ", alert" : "")} or {ToBackend}"),
        };
    }

    private static CloseMode? Mode(ConfigValue value) => value.Text switch
    {
        "silent-drop" => CloseMode.SilentDrop,
        "reset" => CloseMode.Reset,
        "close" => CloseMode.Close,
        "alert" => CloseMode.Alert,
        _ => null,
    };

    private static string? Backend(ConfigValue backend, string expected = BackendExpected)
    {
        if (backend.Text is null)
            backend.Fail($"{backend.Shown} {expected}");
        else
            backend.Reading.CheckBackend(backend);
        return backend.Text;
    }

    /// <summary>A backend, a refusal or a section of protocols. HOCON reads an unquoted <c>b.example = web</c> as
    /// <c>b { example = web }</c>, which is reported as missing quotes unless another key shows that a section is meant.</summary>
    private static bool IsTarget(HoconField field) => field.Value switch
    {
        HoconScalar scalar => !scalar.IsNull,
        HoconObject protocols => field.Key == RouteSettings.AnyName || field.Key.Contains('.', StringComparison.Ordinal)
            || protocols.TryGet(OtherProtocols, out _) || protocols.TryGet(RefuseKey, out _),
        _ => false,
    };

    private static bool TryReadName(string key, [NotNullWhen(true)] out string? name)
    {
        name = key == RouteSettings.AnyName ? key : null;
        var labels = key.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal) ? RouteSettings.AnyLabels : "";
        if (name is null && HostName.TryRead(key[labels.Length..], out var host))
            name = labels + host;
        return name is not null;
    }

    private static (string? Backend, CloseMode? Refuse, IReadOnlyList<ProtocolRoute> Protocols) ReadTarget(ConfigValue target)
    {
        if (target.Value is not HoconObject section)
            return (Backend(target), null, []);
        if (section.TryGet(RefuseKey, out _))
            return (null, ReadRefuse(target, section), []);
        (string? Backend, CloseMode? Refuse) other = default;
        var protocols = new List<ProtocolRoute>();
        foreach (var field in section.Fields)
        {
            var at = target.Below(field);
            (string? Backend, CloseMode? Refuse) one = field.Value is HoconObject refusal && refusal.TryGet(RefuseKey, out _)
                ? (null, ReadRefuse(at, refusal))
                : (Backend(at, $"{NameExpected}; a protocol with dots needs double quotes: \"http/1.1\" = BACKEND"), null);
            if (field.Key == OtherProtocols)
                other = one;
            else if (field.Key.Length is > 0 and <= MaxProtocol && !field.Key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                protocols.Add(new ProtocolRoute(field.Key, one.Backend, one.Refuse));
            else
            {
                target.Reading.Report(field.KeyOrigin, at.Path, "this is no ALPN protocol; "
                    + $"expected 1 to {MaxProtocol} visible characters, such as h2 or \"acme-tls/1\", or {OtherProtocols} for all others");
            }
        }
        if (section.Fields.Count == 0)
            target.Fail($"there is no backend; expected {{ {OtherProtocols} = BACKEND, \"acme-tls/1\" = BACKEND }}");
        return (other.Backend, other.Refuse, protocols);
    }

    /// <summary><c>{ refuse = MODE }</c></summary>
    private static CloseMode? ReadRefuse(ConfigValue target, HoconObject section)
    {
        CloseMode? mode = null;
        foreach (var field in section.Fields)
        {
            var at = target.Below(field);
            if (field.Key != RefuseKey)
                target.Reading.Report(
                    field.KeyOrigin, at.Path,
                    $"'{RefuseKey}' excludes other keys; expected {{ {RefuseKey} = MODE }}, or backends without it");
            else if ((mode = Mode(at)) is null)
                at.Fail($"{at.Shown} is no mode of refusal; expected {Modes}");
        }
        return mode;
    }
}

/// <summary>The servers of a backend: addresses, or sections of their own over the backend's keys.</summary>
internal static class ServerReader
{
    public static object? Read(ConfigSection backend, ConfigValue? value)
    {
        var servers = new List<ServerSettings>();
        if (value is not { } list || list.Items.Count == 0)
        {
            backend.Report("a backend needs a server; expected servers = [\"10.0.0.2:443\"]", "servers");
            return servers;
        }
        if (list.Items.Count > BackendSettings.MaxServers)
        {
            list.Items[BackendSettings.MaxServers].Fail(
                $"there are {list.Items.Count} servers; expected at most {BackendSettings.MaxServers} in a backend");
        }
        // Their keys are checked in their own section.
        var inherited = backend.Scopes.Select(static scope => scope with { BuiltIn = true }).ToArray();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items)
        {
            if (ReadOne(item, inherited) is not ServerSettings server)
                continue;
            if (!names.Add(server.Name))
            {
                item.Fail($"there is a server '{server.Name}' already; "
                    + "expected each name once in a backend: { name = OTHER, address = ... }");
            }
            servers.Add(server);
        }
        return servers;
    }

    private static object? ReadOne(ConfigValue item, ConfigScope[] inherited)
    {
        if (item.Value is HoconObject own)
            return EdgeKeys.Server.Read(new ConfigSection(item.Reading, [new ConfigScope(own, item.Path), .. inherited]));
        return Address(item) is { } address
            ? EdgeKeys.Server.Read(
                new ConfigSection(item.Reading, inherited) { IsDefaults = true },
                (nameof(ServerSettings.Name), item.Text), (nameof(ServerSettings.EndPoint), address))
            : null;
    }

    public static object? Name(ConfigSection server, ConfigValue? name) =>
        name is { } value && (value.Text is not { } text || !Names.IsName(text))
            ? value.Fail($"{value.Shown} is no usable name; {Names.Expected}")
            : name?.Text;

    public static EndPoint? Address(ConfigValue address) => address.BackendServer();

    /// <summary>Valid for a server only: as a default every server of a backend would be a backup.</summary>
    public static object? Backup(ConfigSection server, ConfigValue? backup) => backup is not { } value || value.IsOff ? false
        : value.Text is "on" or "true" ? true
        : value.Fail($"{value.Shown} is not known here; expected on or off");

    public static object? AllAddresses(ConfigSection server, ConfigValue? addresses) => addresses?.Text switch
    {
        "all" => true,
        "first" => false,
        _ => addresses is { } value ? value.Fail($"{value.Shown} is not known here; expected first or all") : false,
    };

    public static object? Complete(ServerSettings server, ConfigSection section)
    {
        if (server is { AllAddresses: true, EndPoint: not (null or DnsEndPoint) })
            section.ReportAt(["addresses"], $"'{server.Address}' is no host name; expected a host name, or no key 'addresses'");
        return NameByAddress(server, section);
    }

    private static ServerSettings? NameByAddress(ServerSettings server, ConfigSection section) =>
        server.EndPoint is null ? null : server.Name is null ? server with { Name = section.FindOwn("address")?.Text ?? "" } : server;
}
