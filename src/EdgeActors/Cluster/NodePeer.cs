using EdgeActors.Answers;
using EdgeActors.Health;
using EdgeActors.Routing;

namespace EdgeActors.Cluster;

/// <summary>What the cluster's part of a node needs of the node itself.</summary>
/// <param name="Routes">Its servers, and what its checks have found.</param>
/// <param name="Peers">Where what others have seen goes.</param>
/// <param name="Operator">Carries out orders that come from other nodes' doors.</param>
public sealed record NodePeer(RouteState Routes, PeerHealth Peers, IOperator Operator);
