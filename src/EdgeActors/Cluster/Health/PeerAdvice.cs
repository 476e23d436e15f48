using EdgeActors.Health;

namespace EdgeActors.Cluster.Health;

/// <summary>
/// What other nodes see may make an own check count for the last one that was needed, and do nothing without one: a node that is told by another that a
/// server is down, and reaches it, goes on using it.
/// </summary>
/// <param name="peers">What they see.</param>
/// <param name="shortensFall">Whether a server that others see down falls at its first failed check, too.</param>
public sealed class PeerAdvice(PeerHealth peers, bool shortensFall)
{
    public PeerHealth Peers => peers;

    /// <summary>Before the check counts.</summary>
    /// <param name="passed">Its outcome.</param>
    /// <returns>Whether it was taken: the check will change the server's state.</returns>
    public bool Take(ProbeTarget target, bool passed)
    {
        ArgumentNullException.ThrowIfNull(target);
        var state = target.State;
        if (passed == state.IsUp)
            return false;
        var opinion = peers.Of(target.Backend, target.Server.Name, target.Server.EndPoint);
        if (!passed && shortensFall && opinion.IsDown)
        {
            state.Doom();
            return true;
        }
        // As it started, and not taken down since: this node is younger than the others. One that fell here has to rise here.
        if (passed && opinion.IsUp && target.Record.Status.Since is null)
        {
            state.Vouch();
            return true;
        }
        return false;
    }
}
