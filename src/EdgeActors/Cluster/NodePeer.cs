using EdgeActors.Cluster.Health;
using EdgeActors.Health;
using EdgeActors.Operate;

namespace EdgeActors.Cluster;

/// <summary>What the cluster's part of a node needs of the node itself.</summary>
/// <param name="Checks">What it has seen of its servers.</param>
/// <param name="Peers">Where what others have seen goes.</param>
/// <param name="Operator">Carries out orders that come from other nodes' doors.</param>
public sealed record NodePeer(HealthBoard Checks, PeerHealth Peers, IOperator Operator);
