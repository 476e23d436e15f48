using System.Collections.Immutable;
using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Routing;

/// <summary>
/// A backend as a configuration wants it, with the addresses of its new servers. A server that was there before, by name and address as
/// written, goes on with its connections, its health and the operator's changes.
/// </summary>
/// <param name="Addresses">By server; null for one that goes on.</param>
public sealed record BackendPlan(BackendSettings Backend, IReadOnlyList<IPEndPoint?> Addresses)
{
    private HealthSettings Health => Backend.Health;

    /// <summary>The same server in an earlier pool.</summary>
    internal static ServerModel? Before(BackendPool? pool, ServerSettings server) =>
        pool?.Servers.FirstOrDefault(before => before.Name == server.Name && before.Settings.EndPoint.Equals(server.EndPoint));

    /// <param name="before">The pool of the same name; null: there is none.</param>
    internal BackendPool ToPool(BackendPool? before, TimeProvider time)
    {
        var state = before?.State ?? new BackendState(Backend.Name, time);
        ImmutableArray<ServerModel> servers = [.. Backend.Servers.Select((settings, i) => Before(before, settings) is { } known
            ? Again(i, settings, known, before!.Settings)
            : New(i, settings, new ServerState(state, Addresses[i] ?? ServerState.Nowhere(0))))];
        if (before is not null)
            return before.Next(Backend, servers);
        var pool = new BackendPool(Backend, servers, state);
        pool.CountChanges();
        return pool;
    }

    private ServerModel New(int index, ServerSettings settings, ServerState state)
    {
        var up = !Health.Enabled || Health.Initial == InitialHealth.Up;
        state.Health = Health.Enabled ? ServerHealth.Initial(Health, up) : null;
        return new ServerModel(index, settings, state, up);
    }

    private ServerModel Again(int index, ServerSettings settings, ServerModel before, BackendSettings backendBefore)
    {
        var up = before.Up || !Health.Enabled;
        if (!Health.Enabled)
            before.State.Health = null;
        else if (before.State.Health is null)
            before.State.Health = ServerHealth.Initial(Health, up);
        else if (Health != backendBefore.Health || !Equals(Backend.Source, backendBefore.Source))
            before.State.Health = ServerHealth.Known(Health, up);
        return before with
        {
            Index = index,
            Settings = settings,
            Up = up,
            // An operator's weight stays until the configuration has another one.
            Weight = settings.Weight == before.Settings.Weight ? before.Weight : settings.Weight,
        };
    }
}
