using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Tests;

/// <summary>Short forms for specs that change one thing of a server, or ask for one name.</summary>
internal static class RouteExtensions
{
    public static BackendPool With(this BackendPool pool, int index, bool up) => pool.With(index, server => server with { Up = up });

    public static BackendPool With(this BackendPool pool, int index, AdminState admin) =>
        pool.With(index, server => server with { Admin = admin });

    public static BackendPool With(this BackendPool pool, int index, int weight) =>
        pool.With(index, server => server with { Weight = weight });

    public static RouteSnapshot With(this RouteSnapshot routes, string backend, int index, bool up) =>
        routes.With(backend, index, server => server with { Up = up });

    public static ServerModel? Pick(this BackendPool pool, ulong tried = 0) => pool.Pick(tried, null, out _);

    /// <returns>Whether the name leads to a backend.</returns>
    public static bool TryFind(
        this RouteTable table, string serverName, AlpnList offered,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? backend) =>
        (backend = table.Find(serverName, offered).Backend) is not null;

    public static RouteAnswer Find(this RouteSnapshot routes, string name) => routes.Find(new RouteQuery(name, 0));

    /// <summary>A backend's pool, without a look-up of names.</summary>
    public static BackendPool ToPool(this BackendSettings backend, TimeProvider? time = null) =>
        new BackendPlan(backend, [.. backend.Servers.Select(static server => (IReadOnlyList<System.Net.EndPoint>)[server.EndPoint])])
            .ToPool(null, time ?? TimeProvider.System);
}
