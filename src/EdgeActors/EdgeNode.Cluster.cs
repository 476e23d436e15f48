using Akka.Actor;
using EdgeActors.Admit;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;

namespace EdgeActors;

/// <summary>A node among others. Nothing of it is needed to carry connections.</summary>
public sealed partial class EdgeNode
{
    /// <summary>Where this node meets its cluster, if it has one.</summary>
    public ClusterGate Gateway { get; } = new();

    /// <summary>Null: it is in none.</summary>
    public ClusterKeeper? Cluster { get; private set; }

    /// <summary>Joins the cluster of the settings, if there is one, and goes on without waiting for it.</summary>
    /// <param name="begun">Hears of each of the cluster's actor systems, of which one follows the other.</param>
    public void JoinCluster(Action<ActorSystem>? begun = null)
    {
        if (!_started.Cluster.Enabled)
            return;
        MeetPeers();
        Cluster = new ClusterKeeper(_started, Gateway, _limits, _resolver, Log, _time, begun);
    }

    private Props LimiterProps() => _started.Cluster.Enabled ? RateGateActor.Props(Gateway) : LocalShardsProps();
}
