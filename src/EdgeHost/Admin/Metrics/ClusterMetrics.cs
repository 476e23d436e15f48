using EdgeActors;
using EdgeActors.Cluster;

namespace EdgeHost.Admin.Metrics;

/// <summary>Of a node that is to be in a cluster; one that is not has none of these.</summary>
internal static class ClusterMetrics
{
    private static readonly (string Name, FamilyType Type, string Help, Func<ClusterPicture, double> Get)[] Picture =
    [
        ("edge_cluster_joined", FamilyType.Gauge, "1 while this node is a member of its cluster.", static picture => picture.State == ClusterState.Up ? 1 : 0),
        ("edge_cluster_members", FamilyType.Gauge, "Nodes of the cluster as this one sees it, itself included.", static picture => picture.Members.Count),
        ("edge_cluster_members_unreachable", FamilyType.Gauge, "Those that cannot be reached.", static picture => picture.Members.Count(static member => !member.IsReachable)),
        ("edge_cluster_shards", FamilyType.Gauge, "Rate-limit entities that run on this node, of 64 in all.", static picture => picture.ShardsHere),
        ("edge_cluster_incarnations_total", FamilyType.Counter, "Cluster systems that this process has begun.", static picture => picture.Incarnation),
    ];

    private static readonly (byte[] Labels, Func<ClusterGate, double> Get)[] Decisions =
    [
        (Exposition.Labels(("by", "local")), static gate => gate.DecidedLocally),
        (Exposition.Labels(("by", "remote")), static gate => gate.DecidedRemotely),
        (Exposition.Labels(("by", "alone")), static gate => gate.DecidedAlone),
    ];

    private const string DecisionsName = "edge_cluster_decisions_total", MemberName = "edge_cluster_member_up";

    private const string DecisionsHelp =
        "Connections by who decided on their rate limit: an entity of this node, one of another node, or this node alone as there was no answer.";

    private const string MemberHelp = "1 for a node that is a full member and can be reached.";

    /// <summary>For the documentation.</summary>
    public static IEnumerable<(string Name, FamilyType Type, string Labels, string Help)> Families =>
    [
        .. Picture.Select(static family => (family.Name, family.Type, "", family.Help)),
        (DecisionsName, FamilyType.Counter, "by", DecisionsHelp),
        (MemberName, FamilyType.Gauge, "node, address", MemberHelp),
    ];

    public static void Write(Exposition output, EdgeNode node)
    {
        if (node.Cluster is null)
            return;
        var picture = node.Gateway.Picture;
        foreach (var (name, type, help, get) in Picture)
        {
            output.Family(name, type, help);
            output.Sample(default, get(picture));
        }
        output.Family(DecisionsName, FamilyType.Counter, DecisionsHelp);
        foreach (var (labels, get) in Decisions)
            output.Sample(labels, get(node.Gateway));
        output.Family(MemberName, FamilyType.Gauge, MemberHelp);
        foreach (var member in picture.Members)
            output.Sample(Exposition.Labels(("node", member.Name), ("address", member.Address)), member is { Status: "Up", IsReachable: true } ? 1 : 0);
    }
}
