using System.Collections.Immutable;
using System.Net;
using EdgeActors.Config;

namespace EdgeActors.Route;

/// <summary>
/// A backend as a configuration wants it, with the addresses of those of its servers that are new. A server that was there before, by name and
/// address as written, goes on: with its connections, its health, and what the operator has said of it.
/// </summary>
/// <param name="Backend">What is wanted.</param>
/// <param name="Addresses">By server; null for one that goes on.</param>
public sealed record BackendPlan(BackendSettings Backend, IReadOnlyList<IPEndPoint?> Addresses)
{
    /// <summary>Which of the servers of <paramref name="before"/> the wanted one is; -1: it is new.</summary>
    internal static int IndexBefore(BackendSettings? before, ServerSettings wanted)
    {
        for (var i = 0; i < (before?.Servers.Count ?? 0); i++)
        {
            if (before!.Servers[i].Name == wanted.Name && before.Servers[i].EndPoint.Equals(wanted.EndPoint))
                return i;
        }
        return -1;
    }

    /// <summary>The pool of it.</summary>
    /// <param name="before">What there is of the same name.</param>
    internal BackendPool Pool((BackendSettings Backend, BackendPool Pool)? before, TimeProvider time)
    {
        var servers = new BackendServer[Backend.Servers.Count];
        var status = new ServerStatus[servers.Length];
        for (var i = 0; i < servers.Length; i++)
        {
            var wanted = Backend.Servers[i];
            var index = IndexBefore(before?.Backend, wanted);
            // Without an address it was there when the plan was made, and has gone since.
            var listed = index >= 0 ? before!.Value.Pool.Servers[index] : null;
            var endPoint = Addresses[i] ?? BackendServer.Nowhere(0);
            servers[i] = listed is null ? New(i, wanted, endPoint) : Again(i, wanted, listed);
            status[i] = listed is null
                ? new ServerStatus(StartsUp, AdminState.Ready, wanted.Weight, servers[i].HasAddress, 0)
                : Again(before!.Value.Pool.Status(index), before.Value.Backend.Servers[index].Weight, wanted.Weight);
        }
        return before is { } was
            ? was.Pool.Next([.. servers], [.. status], Backend.Pool, SamePool(was.Backend))
            : new BackendPool(Backend.Name, [.. servers], [.. status], Backend.Pool, time);
    }

    private bool StartsUp => !Backend.Health.Enabled || Backend.Health.Initial == InitialHealth.Up;

    /// <summary>Whether its servers share connections as they did, so that whose turn it is can go on.</summary>
    private bool SamePool(BackendSettings before) => before.Pool == Backend.Pool && before.Servers.SequenceEqual(Backend.Servers);

    private ServerStatus Again(ServerStatus before, int weightBefore, int weight) => before with
    {
        Up = before.Up || !Backend.Health.Enabled,
        // What the operator has set stays until the configuration says something new.
        Weight = weight == weightBefore ? before.Weight : weight,
    };

    private static BackendServer New(int index, ServerSettings settings, IPEndPoint endPoint) => new(index, settings.Name, endPoint)
    {
        Weight = settings.Weight,
        MaxConnections = settings.MaxConnections,
        SlowStart = settings.SlowStart,
        IsBackup = settings.IsBackup,
    };

    private static BackendServer Again(int index, ServerSettings settings, BackendServer before) => new(index, before)
    {
        Weight = settings.Weight,
        MaxConnections = settings.MaxConnections,
        SlowStart = settings.SlowStart,
        IsBackup = settings.IsBackup,
    };
}

/// <summary>To the router: another configuration. Answered with <see cref="RoutesReplaced"/>.</summary>
public sealed record ReplaceRoutes(RouteTable Routes, IReadOnlyList<BackendPlan> Backends, TimeProvider Time);

/// <param name="Routes">What is in force now.</param>
public sealed record RoutesReplaced(RouteSnapshot Routes);
