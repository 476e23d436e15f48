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
            var addresses = new IReadOnlyList<EndPoint>?[backend.Servers.Count];
            for (var i = 0; i < addresses.Length; i++)
            {
                var server = backend.Servers[i];
                if (BackendPlan.Before(before?.PoolOf(backend.Name), server).Any())
                    continue;
                addresses[i] = await Resolve(server, backend, resolver).ConfigureAwait(false);
                if (addresses[i] is not [DnsEndPoint])
                    continue;
                var lack = $"server {backend.Name}/{server.Name}: the host name of {server.Address} has no address";
                if (backend.Pool.Resolve.NeededAtStart)
                    failures.Add($"{lack}; with resolve.at-start = optional, Edge starts and the server is DOWN until it has one");
                else
                    log?.Warning($"{lack}, the server is DOWN until it has one");
            }
            plans.Add(new BackendPlan(backend, addresses));
        }
        return failures.Count == 0 ? plans : throw new ServerAddressException(string.Join(Environment.NewLine, failures));
    }

    /// <returns>The name itself if it has no address.</returns>
    private static async Task<IReadOnlyList<EndPoint>> Resolve(ServerSettings server, BackendSettings backend, IHostResolver resolver)
    {
        if (server.EndPoint is not DnsEndPoint name)
            return [server.EndPoint];
        var answer = await resolver.Resolve(name.Host).ConfigureAwait(false);
        var addresses = AddressChoice.Of(backend, server, answer, []);
        return addresses.Count == 0 ? [name] : [.. addresses.Select(address => new IPEndPoint(address, name.Port))];
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
