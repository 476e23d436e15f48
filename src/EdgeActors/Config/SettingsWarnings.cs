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

        foreach (var listener in settings.Listeners)
            CheckExcept(listener);

        void CheckExcept(ListenerSettings listener)
        {
            string[][] places =
            [
                ["edge", "listeners", listener.Name, "rate-limit", "except"], ["edge", "listeners", listener.Name, "rate-limit", "except-file"],
                ["edge", "listener-defaults", "rate-limit", "except"], ["edge", "listener-defaults", "rate-limit", "except-file"],
            ];
            if (Array.Find(places, path => root.Find(path) is { } value and not HoconArray { Items.Count: 0 }) is not { } except)
                return;
            // The exceptions of the defaults may be those of another listener.
            if (!HasLimit(listener) && (except[1] == "listeners" || !settings.Listeners.Any(HasLimit)))
                Warn("no limit is set here, so this exempts nobody; expected rate-limit.limit or max-connections, or remove it", except);
            var (ipv4, ipv6) = (Exempts(listener, ipv4: true), Exempts(listener, ipv4: false));
            if (ipv4 || ipv6)
            {
                Warn(
                    $"this exempts every {(ipv4 && ipv6 ? "" : ipv4 ? "IPv4 " : "IPv6 ")}address from the limits; "
                    + "expected smaller networks, or rate-limit = off", except);
            }
        }

        static bool HasLimit(ListenerSettings listener) => listener.RateLimit is { Limit: not null } or { MaxConnections: not null };

        static bool Exempts(ListenerSettings listener, bool ipv4) => HasLimit(listener) && listener.RateLimit!.Except?.ListsAll(ipv4) is true;

        void Warn(string message, params ReadOnlySpan<string> path) => reading.Report(
            root.Find(path)?.Origin ?? root.Origin, HoconReader.JoinPath(path.ToArray()), message, isWarning: true);
    }
}
