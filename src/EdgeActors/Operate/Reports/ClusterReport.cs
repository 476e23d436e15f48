using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;
using EdgeActors.Operate.Answers;

namespace EdgeActors.Operate.Reports;

/// <summary><c>cluster</c>.</summary>
internal static class ClusterReport
{
    private static readonly ErrorAnswer None = new(ErrorKind.Failed, "this node is in no cluster: cluster.enabled is off");

    /// <returns>An answer, or a task for one.</returns>
    public static object Of(EdgeNode node, ClusterRequest request)
    {
        if (node.Cluster is not { } cluster)
            return request.Order == ClusterOrder.Show ? Show(node) : None;
        switch (request.Order)
        {
            case ClusterOrder.Leave:
                return Leave(node, cluster);
            case ClusterOrder.Join:
                cluster.Join();
                break;
            case ClusterOrder.Restart:
                cluster.Restart(request.Now);
                break;
            default:
                break;
        }
        return Show(node);
    }

    private static async Task<Answer> Leave(EdgeNode node, ClusterKeeper cluster)
    {
        await cluster.Leave().ConfigureAwait(false);
        return Show(node);
    }

    private static FactsAnswer Show(EdgeNode node)
    {
        var picture = node.Gateway.Picture;
        return new FactsAnswer(
            [
                new("state", CellType.State, picture.State.ToString().ToLowerInvariant()),
                new("incarnation", CellType.Number, (long)picture.Incarnation),
                new("last-end", CellType.Text, picture.LastEnd),
                new("shards-here", CellType.Number, (long)picture.ShardsHere),
                new("decided-locally", CellType.Number, node.Gateway.DecidedLocally),
                new("decided-remotely", CellType.Number, node.Gateway.DecidedRemotely),
                new("decided-alone", CellType.Number, node.Gateway.DecidedAlone),
            ],
            new TableAnswer(
                "members",
                [new("address", CellType.Text), new("name", CellType.Text), new("status", CellType.State), new("reachable", CellType.Flag), new("self", CellType.Flag)],
                [.. picture.Members.Select(static member => (IReadOnlyList<object?>)
                    [member.Address, member.Name, member.Status.ToLowerInvariant(), member.IsReachable, member.IsSelf])]));
    }
}
