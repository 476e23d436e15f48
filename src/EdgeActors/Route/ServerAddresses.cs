using System.Net;
using EdgeActors.Config;
using EdgeActors.Telemetry;

namespace EdgeActors.Route;

/// <summary>Turns the servers of the settings into pools of addresses. Host names are looked up here for the first time; see
/// <see cref="ResolverActor"/> for later.</summary>
public static class ServerAddresses
{
    /// <exception cref="ServerAddressException">A host name has no address, where one is needed at start; all such names are told.</exception>
    public static async Task<IReadOnlyList<(BackendSettings Backend, BackendPool Pool)>> Resolve(
        EdgeSettings settings, IHostResolver? resolver = null, EdgeLog? log = null, TimeProvider? time = null)
    {
        var pools = new List<(BackendSettings, BackendPool)>();
        var failures = new List<string>();
        foreach (var backend in settings.Backends.Values)
        {
            var servers = new List<BackendServer>();
            foreach (var server in backend.Servers)
            {
                var address = await Resolve(server.EndPoint, backend, resolver ?? SystemHostResolver.Instance).ConfigureAwait(false);
                if (address is null)
                {
                    var lack = $"server {backend.Name}/{server.Name}: the host name of {server.EndPoint} has no address";
                    if (backend.Pool.Resolve.NeededAtStart)
                        failures.Add(lack);
                    else
                        log?.Warning($"{lack}, the server is DOWN until it has");
                }
                servers.Add(Server(servers.Count, server, address ?? BackendServer.Nowhere(((DnsEndPoint)server.EndPoint).Port)));
            }
            var up = !backend.Health.Enabled || backend.Health.Initial == InitialHealth.Up;
            pools.Add((backend, new BackendPool(backend.Name, [.. servers], up, backend.Pool, time)));
        }
        return failures.Count == 0 ? pools : throw new ServerAddressException(string.Join(Environment.NewLine, failures));
    }

    private static BackendServer Server(int index, ServerSettings settings, IPEndPoint endPoint) => new(index, settings.Name, endPoint)
    {
        Weight = settings.Weight,
        MaxConnections = settings.MaxConnections,
        SlowStart = settings.SlowStart,
        IsBackup = settings.IsBackup,
    };

    private static async Task<IPEndPoint?> Resolve(EndPoint endPoint, BackendSettings backend, IHostResolver resolver)
    {
        if (endPoint is not DnsEndPoint name)
            return (IPEndPoint)endPoint;
        var addresses = await resolver.Resolve(name.Host).ConfigureAwait(false);
        return AddressChoice.Choose(addresses, null, backend.Source) is { } address ? new IPEndPoint(address, name.Port) : null;
    }
}

/// <summary>Servers whose addresses cannot be found.</summary>
public sealed class ServerAddressException(string message) : Exception(message);
