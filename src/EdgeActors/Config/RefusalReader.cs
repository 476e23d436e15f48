using Edge.Hocon;
using EdgeActors.Transport;

namespace EdgeActors.Config;

/// <summary>The keys of a listener that say what becomes of clients without a route.</summary>
internal static class RefusalReader
{
    private const string Route = "{ route = BACKEND }";

    public static RefusalSettings Read(ConfigSection listener, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        RefusalPolicy Policy(string key, bool tls = true) => ReadPolicy(listener, key, tls, reading, backends);

        return new RefusalSettings(Policy("on-no-sni"), Policy("on-unknown-sni"), Policy("on-not-tls", tls: false));
    }

    private static RefusalPolicy ReadPolicy(
        ConfigSection listener, string key, bool tls, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        var silent = new RefusalPolicy(CloseMode.SilentDrop);
        var value = listener.Find(key, out var path);
        if (value is HoconObject section)
            return silent with { Backend = ReadRoute(section, path, reading, backends) };
        switch (value)
        {
            case HoconScalar { Text: "silent-drop" }:
                return silent;
            case HoconScalar { Text: "reset" }:
                return new RefusalPolicy(CloseMode.Reset);
            case HoconScalar { Text: "close" }:
                return new RefusalPolicy(CloseMode.Close);
            case HoconScalar { Text: "alert" } when tls:
                return new RefusalPolicy(CloseMode.Alert);
            case HoconScalar { Text: "alert" }:
                reading.Report(value.Origin, path, $"a TLS alert means nothing to a client that does not speak TLS; expected silent-drop, reset, close or {Route}");
                return silent;
            default:
                // A key that no scope has would be the built-in file's mistake, which the specs find.
                reading.Report(value!.Origin, path, $"{ConfigSection.Shown(value)} is not known here; expected silent-drop, reset, close{(tls ? ", alert" : "")} or {Route}");
                return silent;
        }
    }

    private static string? ReadRoute(HoconObject own, string path, ConfigReading reading, IReadOnlyDictionary<string, BackendSettings?> backends)
    {
        var section = new ConfigSection(reading, new ConfigScope(own, path, BuiltIn: false));
        switch (section.FindOwn("route", out var here))
        {
            case HoconScalar { IsNull: false } backend:
                RouteReader.CheckBackend(backend, here, reading, backends);
                return backend.Text;
            case var other:
                reading.Report(other?.Origin ?? own.Origin, here, $"{(other is null ? "nothing" : ConfigSection.Shown(other))} where the name of a backend is expected: {Route}");
                return null;
        }
    }
}
