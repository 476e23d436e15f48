using System.Diagnostics.CodeAnalysis;
using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.routes</c>, checked against the backends.</summary>
internal static class RouteReader
{
    /// <summary>Of the protocols of a route: all that have no key of their own. No registered protocol is called that.</summary>
    private const string OtherProtocols = "default";

    /// <summary>Of a protocol's name (RFC 7301 §3.1: one byte for its length).</summary>
    private const int MaxProtocol = 255;

    /// <param name="backends">All that the file names, those with mistakes as null.</param>
    public static IReadOnlyList<RouteSettings> Read(ConfigSection edge, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        var routes = new List<RouteSettings>();
        var seen = new Dictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var field in edge.Named("routes", out var path))
        {
            var here = $"{path}.{HoconReader.JoinPath(field.Key)}";
            if (!IsTarget(field))
            {
                reading.Report(field.Value.Origin, here, $"{ConfigSection.Shown(field.Value)} where the name of a backend is expected; a server name with dots needs double quotes: \"www.example.org\" = BACKEND");
                continue;
            }
            if (!TryReadName(field.Key, out var name))
                reading.Report(field.KeyOrigin, here, "this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\", or \"*.example.org\" for all names below, or \"*\" for all others");
            else if (!seen.TryAdd(name, field))
                reading.Report(field.KeyOrigin, here, $"the same server name as \"{seen[name].Key}\" of line {seen[name].KeyOrigin.Line}; expected each name once");
            else
                routes.Add(ReadTarget(name, field.Value, here, reading));
            foreach (var (backend, at) in Named(field.Value, here))
                CheckBackend(backend, at, reading, backends);
        }
        return routes;
    }

    /// <summary>Whether it leads to a backend that there is; a mistake otherwise.</summary>
    public static void CheckBackend(HoconScalar backend, string path, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        if (!backends.ContainsKey(backend.Text))
            reading.Report(backend.Origin, path, $"there is no backend '{backend.Text}'{Nearest.Hint(backend.Text, [.. backends.Keys])}");
    }

    /// <summary>
    /// A backend or a section of protocols. What looks like the latter under a name without a dot, <c>b { example = web }</c>, is how HOCON
    /// reads <c>b.example = web</c>: quotes were forgotten, unless there is a key that says otherwise.
    /// </summary>
    private static bool IsTarget(HoconField field) => field.Value switch
    {
        HoconScalar scalar => !scalar.IsNull,
        HoconObject protocols => field.Key.Contains('.', StringComparison.Ordinal) || field.Key == RouteSettings.AnyName || protocols.TryGet(OtherProtocols, out _),
        _ => false,
    };

    private static bool TryReadName(string key, [NotNullWhen(true)] out string? name)
    {
        name = RouteSettings.AnyName;
        if (key == RouteSettings.AnyName)
            return true;
        if (!key.StartsWith(RouteSettings.AnyLabels, StringComparison.Ordinal))
            return HostName.TryRead(key, out name);
        if (!HostName.TryRead(key[RouteSettings.AnyLabels.Length..], out name))
            return false;
        name = RouteSettings.AnyLabels + name;
        return true;
    }

    private static RouteSettings ReadTarget(string name, HoconValue value, string path, ConfigReading reading)
    {
        if (value is not HoconObject section)
            return new RouteSettings(name, ((HoconScalar)value).Text);
        string? other = null;
        var protocols = new List<ProtocolRoute>();
        foreach (var field in section.Fields)
        {
            var here = $"{path}.{HoconReader.JoinPath(field.Key)}";
            if (field.Value is not HoconScalar { IsNull: false } backend)
                reading.Report(field.Value.Origin, here, $"{ConfigSection.Shown(field.Value)} where the name of a backend is expected; a protocol with dots needs double quotes: \"http/1.1\" = BACKEND");
            else if (field.Key == OtherProtocols)
                other = backend.Text;
            else if (!IsProtocol(field.Key))
                reading.Report(field.KeyOrigin, here, $"this is no ALPN protocol; expected 1 to {MaxProtocol} visible characters, such as h2 or \"acme-tls/1\", or {OtherProtocols} for all others");
            else
                protocols.Add(new ProtocolRoute(field.Key, backend.Text));
        }
        if (section.Fields.Count == 0)
            reading.Report(section.Origin, path, $"there is no backend; expected {{ {OtherProtocols} = BACKEND, \"acme-tls/1\" = BACKEND }}");
        return new RouteSettings(name, other, protocols);
    }

    /// <summary>The backends that a route names, and where.</summary>
    private static IEnumerable<(HoconScalar Backend, string Path)> Named(HoconValue value, string path)
    {
        if (value is HoconScalar only)
            yield return (only, path);
        foreach (var field in value is HoconObject section ? section.Fields : [])
        {
            if (field.Value is HoconScalar { IsNull: false } backend)
                yield return (backend, $"{path}.{HoconReader.JoinPath(field.Key)}");
        }
    }

    private static bool IsProtocol(string name) => name.Length is > 0 and <= MaxProtocol && !name.AsSpan().ContainsAnyExceptInRange('!', '~');
}
