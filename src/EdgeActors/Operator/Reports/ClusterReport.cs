using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;

namespace EdgeActors.Operator.Reports;

/// <summary><c>cluster</c>.</summary>
internal static class ClusterReport
{
    private static readonly ErrorAnswer None = new(ErrorKind.Failed, "this node is in no cluster: cluster.enabled is off");

    /// <returns>An answer, or a task for one.</returns>
    public static object Of(ClusterGateway gateway, ClusterSupervisor? cluster, ClusterRequest request)
    {
        if (cluster is null)
            return request.Order == ClusterOrder.Show ? Show(gateway) : None;
        switch (request.Order)
        {
            case ClusterOrder.Leave:
                return Leave(gateway, cluster);
            case ClusterOrder.Join:
                cluster.Join();
                break;
            case ClusterOrder.Restart:
                cluster.Restart(request.Now);
                break;
            default:
                break;
        }
        return Show(gateway);
    }

    private static async Task<Answer> Leave(ClusterGateway gateway, ClusterSupervisor cluster)
    {
        await cluster.Leave().ConfigureAwait(false);
        return Show(gateway);
    }

    private static FactsAnswer Show(ClusterGateway gateway)
    {
        var picture = gateway.Picture;
        return new FactsAnswer(
            [
                new("state", CellType.State, picture.State.ToString().ToLowerInvariant()),
                new("incarnation", CellType.Number, (long)picture.Incarnation),
                new("last-end", CellType.Text, picture.LastEnd),
                new("shards-here", CellType.Number, (long)picture.ShardsHere),
                new("decided-locally", CellType.Number, gateway.DecidedLocally),
                new("decided-remotely", CellType.Number, gateway.DecidedRemotely),
                new("decided-alone", CellType.Number, gateway.DecidedAlone),
            ],
            new TableAnswer(
                "members",
                [new("address", CellType.Text), new("name", CellType.Text), new("status", CellType.State), new("reachable", CellType.Flag), new("self", CellType.Flag)],
                [.. picture.Members.Select(static member => (IReadOnlyList<object?>)
                    [member.Address, member.Name, member.Status.ToLowerInvariant(), member.IsReachable, member.IsSelf])]));
    }
}
