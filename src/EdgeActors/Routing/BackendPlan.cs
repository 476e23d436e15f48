using System.Collections.Immutable;
using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>A configured backend with the addresses of its new servers. A server with the same name and configured address keeps its
/// connections, health and operator changes.</summary>
/// <param name="Addresses">One entry per configured server; null if the server is kept.</param>
public sealed record BackendPlan(BackendSettings Backend, IReadOnlyList<IReadOnlyList<EndPoint>?> Addresses)
{
    private HealthSettings Health => Backend.Health;

    /// <summary>The server in an earlier pool; with <c>addresses = all</c>, one server per address.</summary>
    internal static IEnumerable<ServerModel> Before(BackendPool? pool, ServerSettings server) =>
        pool?.Servers.Where(before => server.IsOf(before.Settings)) ?? [];

    /// <summary>Maximum servers of a host name with <c>addresses = all</c>; the other servers of the pool keep their places.</summary>
    internal static int Room(BackendPool pool, ServerSettings server) =>
        BackendSettings.MaxServers - pool.Servers.Count(other => !server.IsOf(other.Settings));

    /// <param name="before">The previous pool of that name, or null.</param>
    internal BackendPool ToPool(BackendPool? before, TimeProvider time)
    {
        var state = before?.State ?? new BackendState(Backend.Name, time);
        var servers = ImmutableArray.CreateBuilder<ServerModel>();
        for (var i = 0; i < Backend.Servers.Count; i++)
        {
            var settings = Backend.Servers[i];
            // Each configured server after this one needs a place.
            var room = settings.AllAddresses ? BackendSettings.MaxServers - servers.Count - (Backend.Servers.Count - 1 - i) : 1;
            var known = Before(before, settings).Take(room).ToList();
            foreach (var server in known)
                servers.Add(Update(servers.Count, settings with { Name = server.Name }, server, before!.Settings));
            foreach (var (own, addresses) in known.Count > 0 ? [] : Expand(settings, Addresses[i] ?? [settings.EndPoint]).Take(room))
                servers.Add(New(Health, servers.Count, own, new ServerState(state, addresses)));
        }
        if (before is not null)
            return before.Next(Backend, servers.ToImmutable());
        var pool = new BackendPool(Backend, servers.ToImmutable(), state);
        pool.CountChanges();
        return pool;
    }

    /// <summary>
    /// The pool after a lookup of a host name with <c>addresses = all</c>: one server per address. A server whose address is not in the
    /// answer gets no new connections, and is removed after its last one. Returns the same pool if nothing changes.
    /// </summary>
    internal static BackendPool Reconcile(BackendPool pool, ServerSettings settings, IReadOnlyList<EndPoint> addresses)
    {
        var room = Room(pool, settings);
        var wanted = addresses.Take(room).ToList();
        var own = Before(pool, settings).ToList();
        var obsolete = own.Where(server => server.HasAddress && !wanted.Contains(server.EndPoint) && server.State.Connections > 0)
            .Take(room - wanted.Count).ToList();
        var added = wanted.Where(address => !own.Exists(server => server.EndPoint.Equals(address))).ToList();
        IEnumerable<ServerModel> next =
        [
            .. own.Where(server => obsolete.Contains(server) || wanted.Contains(server.EndPoint))
                .Select(server => server with { IsObsolete = !wanted.Contains(server.EndPoint) }),
            .. Expand(settings, added).Select(one => New(one.Settings, new ServerState(pool.State, one.Addresses)) with
            {
                UsableSince = Math.Max(1, pool.State.Time.GetTimestamp()),
            }),
        ];
        var at = pool.Servers.IndexOf(own[0]);
        ServerModel[] servers = [.. pool.Servers.Take(at), .. next, .. pool.Servers.Skip(at + own.Count)];
        ImmutableArray<ServerModel> all = [.. servers.Select(static (server, i) => server with { Index = i })];
        return all.SequenceEqual(pool.Servers) ? pool : pool.Next(pool.Settings, all);

        ServerModel New(ServerSettings one, ServerState state) => BackendPlan.New(pool.Settings.Health, 0, one, state);
    }

    /// <summary>One server per address with <c>addresses = all</c>, else one server.</summary>
    private static IEnumerable<(ServerSettings Settings, IReadOnlyList<EndPoint> Addresses)> Expand(
        ServerSettings settings, IReadOnlyList<EndPoint> addresses) =>
        settings.AllAddresses && addresses is not [DnsEndPoint]
            ? addresses.Select(address =>
                (settings with { Name = settings.NameOf((IPEndPoint)address) }, (IReadOnlyList<EndPoint>)[address]))
            : [(settings, addresses)];

    private static ServerModel New(HealthSettings health, int index, ServerSettings settings, ServerState state)
    {
        var up = !health.Enabled || health.Initial == InitialHealth.Up;
        state.Health = health.Enabled ? ServerHealth.Initial(health, up) : null;
        return new ServerModel(index, settings, state, up);
    }

    private ServerModel Update(int index, ServerSettings settings, ServerModel before, BackendSettings backendBefore)
    {
        var up = before.Up || !Health.Enabled;
        if (!Health.Enabled)
            before.State.Health = null;
        else if (before.State.Health is null)
            before.State.Health = ServerHealth.Initial(Health, up);
        else if (Health != backendBefore.Health || !Equals(Backend.Source, backendBefore.Source))
            before.State.Health = ServerHealth.Known(Health, up);
        if (Backend.Pool.Resolve.Prefer != backendBefore.Pool.Resolve.Prefer)
            before.State.Addresses = AddressChoice.Reorder(before.State.Addresses, Backend.Pool.Resolve.Prefer);
        return before with
        {
            Index = index,
            Settings = settings,
            Up = up,
            Addresses = before.State.Addresses,
            // An operator's weight stays until the configured weight changes.
            Weight = settings.Weight == before.Settings.Weight ? before.Weight : settings.Weight,
        };
    }
}
