using EdgeActors.Routing;

namespace EdgeActors.Health;

/// <summary>
/// Signs that it is this node's own network that is at fault, and not the servers: a backend of which none is up here, while another node sees one of them
/// up. One server that only this node cannot reach is no such sign, as long as it reaches another of that backend: it can still serve.
/// </summary>
public static class LocalFaults
{
    /// <returns>Servers of the backend that others see up, if none of them is up here; else none.</returns>
    public static IReadOnlyList<string> Of(BackendPool pool, PeerHealth peers)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(peers);
        if (pool.IsUsable)
            return [];
        return
        [
            .. from server in pool.Servers
                where server.HasAddress && Disagrees(server.Up, peers.Of(pool.Name, server.Name, server.EndPoint))
                select server.Name,
        ];
    }

    /// <summary>Down here, and up to somebody else.</summary>
    public static bool Disagrees(bool upHere, PeerOpinion elsewhere) => !upHere && elsewhere.IsUp;
}
