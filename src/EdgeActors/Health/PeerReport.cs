using System.Net;
using EdgeActors.Routing;

namespace EdgeActors.Health;

/// <summary>What a node has seen of one server, by checks of its own.</summary>
/// <param name="Address">The same name at another address is another server.</param>
/// <param name="Up">As it is to that node.</param>
/// <param name="Since">Of the last change; null: as it started.</param>
/// <param name="InARow">Checks with the outcome of the last one.</param>
public sealed record ServerEvidence(string Backend, string Server, string Address, bool Up, DateTimeOffset? Since, int InARow);

/// <summary>What one node has seen of all servers, at one moment.</summary>
/// <param name="Node">Its address in the cluster.</param>
public sealed record PeerReport(string Node, IReadOnlyList<ServerEvidence> Servers)
{
    /// <summary>Servers of a report, lest one be larger than a message may be.</summary>
    public const int MaxServers = 1000;

    /// <summary>A server that was not checked yet is what the configuration says, which is no evidence: it is left out.</summary>
    public static PeerReport Of(string node, RouteSnapshot routes) => new(
        node,
        [
            .. (from pool in routes.Backends
                from server in pool.Servers
                let health = server.State.Health
                where health is { InARow: > 0 }
                let address = AddressOf(server.EndPoint)
                select new ServerEvidence(pool.Name, server.Name, address, health.Up, health.Since, health.InARow)).Take(MaxServers),
        ]);

    internal static string AddressOf(IPEndPoint endPoint) => endPoint.ToString();
}
