using EdgeActors.Cluster.Health;

namespace EdgeActors;

/// <summary>What a node knows of the other nodes of its cluster, all of it advice.</summary>
public sealed partial class EdgeNode
{
    /// <summary>A node reports every few seconds, so one of which there was nothing that long is gone or cannot be reached.</summary>
    private static readonly TimeSpan ReportsExpire = TimeSpan.FromSeconds(10);

    private PeerHealth? _peers;

    private PeerAdvice Advice => new(Peers, shortensFall: true);

    /// <summary>What they see of the servers; empty where there are none.</summary>
    public PeerHealth Peers => LazyInitializer.EnsureInitialized(ref _peers, () => new PeerHealth(ReportsExpire, _time));
}
