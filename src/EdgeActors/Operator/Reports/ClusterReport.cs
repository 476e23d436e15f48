using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;

namespace EdgeActors.Operator.Reports;

/// <summary><c>cluster</c>.</summary>
internal static class ClusterReport
{
    public static async Task<Answer> Of(ClusterGateway gateway, ClusterSupervisor? cluster, ClusterRequest request)
    {
        if (cluster is null && request.Order != ClusterOrder.Show)
            return new ErrorAnswer(ErrorKind.Failed, "this node is in no cluster: cluster.enabled is off");
        if (request.Order == ClusterOrder.Leave)
            await cluster!.Leave().ConfigureAwait(false);
        else if (request.Order == ClusterOrder.Join)
            cluster!.Join();
        else if (request.Order == ClusterOrder.Restart)
            cluster!.Restart(request.Now);
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
            TableAnswer.Of(
                "members",
                picture.Members,
                new("address", CellType.Text, static member => member.Address),
                new("name", CellType.Text, static member => member.Name),
                new("status", CellType.State, static member => member.Status.ToLowerInvariant()),
                new("reachable", CellType.Flag, static member => member.IsReachable),
                new("self", CellType.Flag, static member => member.IsSelf)));
    }
}
