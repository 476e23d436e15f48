using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>
/// What other nodes see may make an own check count for the last one that was needed, and do nothing without one: a node that is told by another that a
/// server is down, and reaches it, goes on using it.
/// </summary>
/// <param name="peers">What they see.</param>
/// <param name="shortensFall">Whether a server that others see down falls at its first failed check, too.</param>
public sealed class PeerAdvice(PeerHealth peers, bool shortensFall)
{
    /// <summary>Before a check counts.</summary>
    /// <returns>The health that the check is to be counted on, which will change the server's state; null: there is nothing to advise.</returns>
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
