using Edge.Hocon;
using EdgeActors.Settings;

namespace EdgeActors.Config;

/// <summary>Settings that are valid but probably wrong.</summary>
internal static class SettingsWarnings
{
    public static void Report(EdgeSettings settings, HoconObject root, ConfigReading reading)
    {
        foreach (var listener in settings.Listeners)
        {
            if (listener.Refusals.Backends.Any() || (listener.Routes ?? settings.Routes).Any(static route => route.Backends.Any()))
                continue;
            Warn(
                "no client of this listener reaches a backend; expected routes { \"www.example.org\" = BACKEND }",
                "edge", "listeners", listener.Name);
        }
        if (settings.Routes.Count > 0 && settings.Listeners.All(static listener => listener.Routes is not null))
            Warn(
                "every listener has routes of its own, so these routes are not used; expected a listener without routes", "edge", "routes");
        foreach (var name in settings.Backends.Keys.Except(settings.RoutedBackends))
            Warn("no route and no policy uses this backend; expected one, or remove the backend", "edge", "backends", name);

        void Warn(string message, params ReadOnlySpan<string> path) => reading.Report(
            root.Find(path)?.Origin ?? root.Origin, HoconReader.JoinPath(path.ToArray()), message, isWarning: true);
    }
}
