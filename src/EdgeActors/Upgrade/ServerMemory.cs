using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;

namespace EdgeActors.Upgrade;

/// <summary>
/// What one process knows of a server and the next one would not: what its checks have found, and what an operator has said. Without it a server
/// that is down would get clients again, one in maintenance would be back, and with <c>initial = down</c> nobody would be served at first.
/// </summary>
/// <param name="Address">As the configuration writes it: a server that is somewhere else now is another one.</param>
/// <param name="Up">Null: it is not checked.</param>
/// <param name="Weight">Null: it is the configuration's.</param>
public sealed record ServerMemory(string Backend, string Server, string Address, bool? Up, AdminState Admin, int? Weight)
{
    /// <summary>Of all servers.</summary>
    public static IReadOnlyList<ServerMemory> Of(RouteSnapshot routes) =>
    [
        .. from entry in routes.Backends
            from server in entry.Pool.Servers
            let status = entry.Pool.Status(server.Index)
            let configured = entry.Backend.Servers.First(settings => settings.Name == server.Name)
            select new ServerMemory(
                entry.Backend.Name,
                server.Name,
                $"{configured.EndPoint}",
                entry.Backend.Health.Enabled ? status.Up : null,
                status.Admin,
                status.Weight == configured.Weight ? null : status.Weight),
    ];

    /// <summary>The routes as this process has them at its start, with what is remembered. Pure.</summary>
    /// <param name="known">Those whose health is remembered.</param>
    internal static RouteSnapshot Apply(IReadOnlyList<ServerMemory> memories, RouteSnapshot routes, HashSet<BackendServer> known)
    {
        foreach (var memory in memories)
        {
            if (Find(memory, routes, out var backend) is not { } server)
                continue;
            routes = routes.With(memory.Backend, server.Index, pool => pool.With(server.Index, memory.Admin));
            if (memory.Weight is { } weight)
                routes = routes.With(memory.Backend, server.Index, pool => pool.With(server.Index, Math.Clamp(weight, 0, BackendServer.MaxWeight)));
            if (memory.Up is not { } up || !backend.Health.Enabled)
                continue;
            routes = routes.With(memory.Backend, server.Index, up);
            known.Add(server);
        }
        return routes;
    }

    private static BackendServer? Find(ServerMemory memory, RouteSnapshot routes, out BackendSettings backend)
    {
        foreach (var (settings, pool) in routes.Backends)
        {
            backend = settings;
            if (settings.Name == memory.Backend && settings.Servers.Any(server => server.Name == memory.Server && $"{server.EndPoint}" == memory.Address))
                return pool.Servers.First(server => server.Name == memory.Server);
        }
        backend = null!;
        return null;
    }
}
