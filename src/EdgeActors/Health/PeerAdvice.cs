using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>
/// What other nodes see can make one own check decide. Without an own check it changes nothing: a node that reaches a server goes on using
/// it, even when another node reports it down.
/// </summary>
/// <param name="shortensFall">Whether a server that others see down falls at its first failed check.</param>
public sealed class PeerAdvice(PeerHealth peers, bool shortensFall)
{
    /// <returns>The health on which to count this check, so that it changes the server's state; null: no advice.</returns>
    public ServerHealth? Apply(ServerHealth health, BackendSettings backend, ServerModel server, bool passed)
    {
        if (passed == health.Up)
            return null;
        var opinion = peers.Of(backend.Name, server.Name, server.State.EndPoint);
        if (!passed)
            return shortensFall && opinion.IsDown ? health.FailOnNext(backend.Health) : null;
        // As it started, and not taken down since: this node is younger than the others. A server that fell here has to rise here.
        return opinion.IsUp && health.Since is null ? health.PassOnNext(backend.Health) : null;
    }
}

/// <summary>
/// Signs of a fault in this node's own network: a backend without a server that is up here, while another node sees one of them up. A
/// single server that only this node cannot reach is no sign, as the backend still serves.
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
