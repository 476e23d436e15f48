using Edge.Hocon;

namespace EdgeActors.Config;

/// <summary><c>edge.routes</c>, checked against the backends.</summary>
internal static class RouteReader
{
    /// <param name="backends">All that the file names, those with mistakes as null.</param>
    public static IReadOnlyList<RouteSettings> Read(ConfigSection edge, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        var routes = new List<RouteSettings>();
        var seen = new Dictionary<string, HoconField>(StringComparer.Ordinal);
        foreach (var field in edge.Named("routes", out var path))
        {
            var here = $"{path}.{HoconReader.JoinPath(field.Key)}";
            if (field.Value is not HoconScalar { IsNull: false } backend)
            {
                reading.Report(field.Value.Origin, here, $"{ConfigSection.Shown(field.Value)} where the name of a backend is expected; a server name with dots needs double quotes: \"www.example.org\" = BACKEND");
                continue;
            }
            if (!HostName.TryRead(field.Key, out var name))
                reading.Report(field.KeyOrigin, here, "this is no host name; expected labels of letters, digits and '-' with dots between them, such as \"www.example.org\"");
            else if (!seen.TryAdd(name, field))
                reading.Report(field.KeyOrigin, here, $"the same server name as \"{seen[name].Key}\" of line {seen[name].KeyOrigin.Line}; expected each name once");
            else
                routes.Add(new RouteSettings(name, backend.Text));
            if (!backends.ContainsKey(backend.Text))
                reading.Report(backend.Origin, here, $"there is no backend '{backend.Text}'{Nearest.Hint(backend.Text, [.. backends.Keys])}");
        }
        return routes;
    }
}
