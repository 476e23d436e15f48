using System.Diagnostics.CodeAnalysis;
using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary><c>edge.routes</c>, and the keys of a listener for clients without a route.</summary>
internal static class RouteReader
{
    /// <summary>Of the protocols of a route: all that have no key of their own. No registered protocol is called that.</summary>
    private const string OtherProtocols = "default";

    /// <summary>Of a protocol's name (RFC 7301 §3.1: one byte for its length).</summary>
    private const int MaxProtocol = 255;

    private const string NameExpected = "where the name of a backend is expected";
    private const string ToBackend = "{ route = BACKEND }";

    private const string BackendExpected = $"{NameExpected}: {ToBackend}";

    private static readonly KeyAlone Route = new(Key.Needed("route", $"nothing {BackendExpected}", Backend));

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
            var (backend, protocols) = ReadTarget(target);
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
                read.Add(new RouteSettings(name, backend, protocols));
            }
        }
        return read;
    }

    /// <summary>What becomes of clients of one kind that have no route.</summary>
    public static object? Refusal(ConfigValue value, bool isTls)
    {
        if (value.Value is HoconObject own)
        {
            var section = new ConfigSection(value.Reading, new ConfigScope(own, value.Path));
            return new RefusalPolicy(CloseMode.SilentDrop, (string?)Route.Read(section));
        }
        return value.Text switch
        {
            "silent-drop" => new RefusalPolicy(CloseMode.SilentDrop),
            "reset" => new RefusalPolicy(CloseMode.Reset),
            "close" => new RefusalPolicy(CloseMode.Close),
            "alert" when isTls => new RefusalPolicy(CloseMode.Alert),
            "alert" => value.Fail("a TLS alert means nothing to a client that does not speak TLS; "
                + $"expected silent-drop, reset, close or {ToBackend}"),
            _ => value.Fail($"{value.Shown} is not known here; "
                + $"expected silent-drop, reset, close{(isTls ? ", alert" : "")} or {ToBackend}"),
        };
    }

    private static string? Backend(ConfigValue backend)
    {
        if (backend.Text is null)
            backend.Fail($"{backend.Shown} {BackendExpected}");
        else
            backend.Reading.CheckBackend(backend);
        return backend.Text;
    }

    /// <summary>
    /// A backend or a section of protocols. What looks like the latter under a name without a dot, <c>b { example = web }</c>, is how HOCON
    /// reads <c>b.example = web</c>: quotes were forgotten, unless there is a key that says otherwise.
    /// </summary>
    private static bool IsTarget(HoconField field) => field.Value switch
    {
        HoconScalar scalar => !scalar.IsNull,
        HoconObject protocols => field.Key == RouteSettings.AnyName || field.Key.Contains('.', StringComparison.Ordinal)
            || protocols.TryGet(OtherProtocols, out _),
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

    private static (string? Backend, IReadOnlyList<ProtocolRoute> Protocols) ReadTarget(ConfigValue target)
    {
        if (target.Value is not HoconObject section)
        {
            target.Reading.CheckBackend(target);
            return (target.Text, []);
        }
        string? other = null;
        var protocols = new List<ProtocolRoute>();
        foreach (var field in section.Fields)
        {
            var backend = target.Below(field);
            if (backend.Text is null)
                backend.Fail($"{backend.Shown} {NameExpected}; a protocol with dots needs double quotes: \"http/1.1\" = BACKEND");
            else
                backend.Reading.CheckBackend(backend);
            if (field.Key == OtherProtocols)
                other = backend.Text;
            else if (field.Key.Length is > 0 and <= MaxProtocol && !field.Key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                protocols.Add(new ProtocolRoute(field.Key, backend.Text!));
            else
            {
                target.Reading.Report(field.KeyOrigin, backend.Path, "this is no ALPN protocol; "
                    + $"expected 1 to {MaxProtocol} visible characters, such as h2 or \"acme-tls/1\", or {OtherProtocols} for all others");
            }
        }
        if (section.Fields.Count == 0)
            target.Fail($"there is no backend; expected {{ {OtherProtocols} = BACKEND, \"acme-tls/1\" = BACKEND }}");
        return (other, protocols);
    }
}
