using EdgeActors;
using EdgeActors.Cluster;
using EdgeActors.Statistics;
using static EdgeActors.Statistics.MetricType;

namespace EdgeHost.Admin.Metrics;

/// <summary>Of a node that is to be in a cluster; one that is not has none of these.</summary>
internal static class ClusterMetrics
{
    private static readonly (MetricLabels Labels, Func<ClusterGateway, double> Get)[] Decisions =
    [
        (new("by", "local"), static gate => gate.DecidedLocally),
        (new("by", "remote"), static gate => gate.DecidedRemotely),
        (new("by", "alone"), static gate => gate.DecidedAlone),
    ];

    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        Of("edge_cluster_joined", Gauge, "1 while this node is a member of its cluster.",
            static picture => picture.State == ClusterState.Up ? 1 : 0),
        Of("edge_cluster_members", Gauge, "Nodes of the cluster as this one sees it, itself included.",
            static picture => picture.Members.Count),
        Of("edge_cluster_members_unreachable", Gauge, "Those that cannot be reached.",
            static picture => picture.Members.Count(static member => !member.IsReachable)),
        Of("edge_cluster_shards", Gauge, "Rate-limit entities that run on this node, of 64 in all.", static picture => picture.ShardsHere),
        Of("edge_cluster_incarnations_total", Counter, "Cluster systems that this process has begun.",
            static picture => picture.Incarnation),
        Of("edge_cluster_decisions_total", Counter,
            "Connections by who decided on their rate limit: an entity of this node, one of another node, or this node alone as there was "
                + "no answer.",
            static node => Decisions.Select(known => new MetricSample(known.Get(node.Gateway), known.Labels))),
        Of("edge_cluster_member_up", Gauge, "1 for a node that is a full member and can be reached.",
            static node => node.Gateway.Picture.Members.Select(static member =>
                new MetricSample(member is { Status: "Up", IsReachable: true } ? 1 : 0, new("node", member.Name, "address", member.Address)))),
    ];

    private static MetricFamily Of(string name, MetricType type, string help, Func<ClusterPicture, double> get) =>
        Of(name, type, help, node => [new MetricSample(get(node.Gateway.Picture))]);

    private static MetricFamily Of(string name, MetricType type, string help, Func<EdgeNode, IEnumerable<MetricSample>> read) =>
        new(name, type, help, reading => reading.Node.Cluster is null ? null : read(reading.Node));
}
