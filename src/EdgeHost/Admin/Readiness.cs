using EdgeActors;
using EdgeActors.Health;
using EdgeActors.Routing;

namespace EdgeHost.Admin;

/// <summary>Whether new connections should be sent here.</summary>
internal static class Readiness
{
    /// <returns>Why not; empty: they should.</returns>
    public static IReadOnlyList<string> Obstacles(EdgeNode node)
    {
        var obstacles = new List<string>();
        if (node.State.IsDraining)
            obstacles.Add("draining");
        foreach (var (settings, state) in node.State.Listeners.All)
        {
            if (!state.IsOpen)
                obstacles.Add($"listener {settings.Name} is not bound");
        }
        var routed = node.State.RoutedBackends;
        foreach (var pool in node.State.Routes.Current.Backends.OrderBy(static pool => pool.Name, StringComparer.Ordinal))
        {
            if (!pool.IsUsable && routed.Contains(pool.Name))
                obstacles.Add($"backend {pool.Name} has no server that is up{Elsewhere(pool, node)}");
        }
        return obstacles;
    }

    private static string Elsewhere(BackendPool pool, EdgeNode node) => LocalFaults.Of(pool, node.State.Peers) is { Count: > 0 } servers
        ? $" here, while other nodes see {string.Join(", ", servers)} up: it may be this node's own network"
        : "";
}
