using System.Net;
using System.Net.Sockets;
using EdgeActors.Config;

namespace EdgeActors.Route;

/// <summary>Turns the servers of the settings into pools of addresses. Host names are looked up once, at start.</summary>
public static class ServerAddresses
{
    /// <exception cref="ServerAddressException">A host name has no address; all such names are told.</exception>
    public static async Task<IReadOnlyList<(BackendSettings Backend, BackendPool Pool)>> Resolve(EdgeSettings settings)
    {
        var pools = new List<(BackendSettings, BackendPool)>();
        var failures = new List<string>();
        foreach (var backend in settings.Backends.Values)
        {
            var servers = new List<BackendServer>();
            foreach (var server in backend.Servers)
            {
                if (await Resolve(server.EndPoint).ConfigureAwait(false) is { } address)
                    servers.Add(new BackendServer(servers.Count, server.Name, address));
                else
                    failures.Add($"server {backend.Name}/{server.Name}: the host name of {server.EndPoint} has no address");
            }
            if (servers.Count == backend.Servers.Count)
                pools.Add((backend, new BackendPool(backend.Name, [.. servers], up: !backend.Health.Enabled || backend.Health.Initial == InitialHealth.Up)));
        }
        return failures.Count == 0 ? pools : throw new ServerAddressException(string.Join(Environment.NewLine, failures));
    }

    private static async Task<IPEndPoint?> Resolve(EndPoint endPoint)
    {
        if (endPoint is not DnsEndPoint name)
            return (IPEndPoint)endPoint;
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name.Host).ConfigureAwait(false);
            return addresses.Length == 0 ? null : new IPEndPoint(addresses[0], name.Port);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}

/// <summary>Servers whose addresses cannot be found.</summary>
public sealed class ServerAddressException(string message) : Exception(message);
