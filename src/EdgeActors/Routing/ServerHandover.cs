using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>
/// What a process hands over to the next one for a server: the findings of its checks and the operator's changes. Without it a server that
/// is down or in maintenance would get clients again, and with <c>initial = down</c> no client would be served at first.
/// </summary>
/// <param name="Address">As the configuration writes it: a server at another address is another server.</param>
/// <param name="Up">Null: it is not checked.</param>
/// <param name="Weight">Null: it is the configuration's.</param>
public sealed record ServerHandover(string Backend, string Server, string Address, bool? Up, AdminState Admin, int? Weight)
{
    public static IReadOnlyList<ServerHandover> Of(RouteSnapshot routes) =>
    [
        .. from pool in routes.Backends
            from server in pool.Servers
            select new ServerHandover(
                pool.Name,
                server.Name,
                $"{server.Settings.EndPoint}",
                pool.Settings.Health.Enabled ? server.Up : null,
                server.Admin,
                server.Weight == server.Settings.Weight ? null : server.Weight),
    ];

    /// <summary>The routes of a process that starts, with what the process before it knew.</summary>
    internal static RouteSnapshot Apply(IReadOnlyList<ServerHandover> handovers, RouteSnapshot routes) =>
        handovers.Aggregate(routes, static (routes, handover) => handover.Apply(routes));

    private RouteSnapshot Apply(RouteSnapshot routes)
    {
        var pool = routes.PoolOf(Backend);
        if (pool?.Servers.FirstOrDefault(server => server.Name == Server && $"{server.Settings.EndPoint}" == Address) is not { } server)
            return routes;
        var health = pool.Settings.Health;
        if (health.Enabled && Up is { } up)
            server.State.Health = ServerHealth.Known(health, up);
        return routes.With(Backend, server.Index, before => before with
        {
            Admin = Admin,
            Weight = Math.Clamp(Weight ?? before.Weight, 0, ServerSettings.MaxWeight),
            Up = health.Enabled ? Up ?? before.Up : before.Up,
        });
    }
}
