using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Routing;

/// <summary>Resolves the servers of new settings; later lookups are done by <see cref="ResolverActor"/>.</summary>
public static class ServerAddresses
{
    public static async Task<IReadOnlyList<BackendPool>> Resolve(
        EdgeSettings settings, IHostResolver? resolver = null, EdgeLog? log = null, TimeProvider? time = null)
    {
        var plans = await Plan(settings, null, resolver ?? SystemHostResolver.Instance, log).ConfigureAwait(false);
        return [.. plans.Select(plan => plan.ToPool(null, time ?? TimeProvider.System))];
    }

    /// <param name="before">The current routes; null at start.</param>
    /// <exception cref="ServerAddressException">Host names of new servers did not resolve but must at start.</exception>
    internal static async Task<IReadOnlyList<BackendPlan>> Plan(
        EdgeSettings settings, RouteSnapshot? before, IHostResolver resolver, EdgeLog? log)
    {
        var plans = new List<BackendPlan>();
        var failures = new List<string>();
        foreach (var backend in settings.Backends.Values)
        {
            var addresses = new IPEndPoint?[backend.Servers.Count];
            for (var i = 0; i < addresses.Length; i++)
            {
                var server = backend.Servers[i];
                if (BackendPlan.Before(before?.PoolOf(backend.Name), server) is not null)
                    continue;
                addresses[i] = await Resolve(server.EndPoint, backend, resolver).ConfigureAwait(false);
                if (addresses[i] is not null)
                    continue;
                addresses[i] = ServerState.Nowhere(((DnsEndPoint)server.EndPoint).Port);
                var lack = $"server {backend.Name}/{server.Name}: the host name of {server.EndPoint} has no address";
                if (backend.Pool.Resolve.NeededAtStart)
                    failures.Add(lack);
                else
                    log?.Warning($"{lack}, the server is DOWN until it has");
            }
            plans.Add(new BackendPlan(backend, addresses));
        }
        return failures.Count == 0 ? plans : throw new ServerAddressException(string.Join(Environment.NewLine, failures));
    }

    private static async Task<IPEndPoint?> Resolve(EndPoint endPoint, BackendSettings backend, IHostResolver resolver)
    {
        if (endPoint is not DnsEndPoint name)
            return (IPEndPoint)endPoint;
        var addresses = await resolver.Resolve(name.Host).ConfigureAwait(false);
        return AddressChoice.Choose(addresses, null, backend.Source) is { } address ? new IPEndPoint(address, name.Port) : null;
    }
}

public sealed class ServerAddressException(string message) : Exception(message);

public interface IHostResolver
{
    /// <returns>In the order of the answer; empty after a failure.</returns>
    Task<IReadOnlyList<IPAddress>> Resolve(string host);
}

public sealed class SystemHostResolver : IHostResolver
{
    public static readonly SystemHostResolver Instance = new();

    public async Task<IReadOnlyList<IPAddress>> Resolve(string host)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}

/// <summary>Chooses one of a name's addresses.</summary>
internal static class AddressChoice
{
    /// <summary>The current address while DNS still returns it (DNS rotates answers). Otherwise the first of the current family, or of the
    /// source address's.</summary>
    /// <param name="source">The address to dial from, which fixes the family.</param>
    /// <returns>Null if none matches.</returns>
    public static IPAddress? Choose(IReadOnlyList<IPAddress> addresses, IPAddress? current, IPAddress? source)
    {
        IPAddress? best = null;
        var wanted = (current ?? source)?.AddressFamily;
        foreach (var address in addresses)
        {
            if (address.Equals(current))
                return address;
            if (source is not null && current is not null && address.AddressFamily != wanted)
                continue;
            if (best is null || (best.AddressFamily != wanted && address.AddressFamily == wanted))
                best = address;
        }
        return best;
    }
}

/// <summary>A configured backend with the addresses of its new servers. A server with the same name and configured address keeps its
/// connections, health and operator changes.</summary>
/// <param name="Addresses">By server; null for one that is kept.</param>
public sealed record BackendPlan(BackendSettings Backend, IReadOnlyList<IPEndPoint?> Addresses)
{
    private HealthSettings Health => Backend.Health;

    internal static ServerModel? Before(BackendPool? pool, ServerSettings server) =>
        pool?.Servers.FirstOrDefault(before => before.Name == server.Name && before.Settings.EndPoint.Equals(server.EndPoint));

    /// <param name="before">The previous pool of that name, or null.</param>
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
            // An operator's weight stays until the configured weight changes.
            Weight = settings.Weight == before.Settings.Weight ? before.Weight : settings.Weight,
        };
    }
}
