using Akka.Actor;
using EdgeActors.Node;
using EdgeActors.Operate.Answers;
using EdgeActors.Operate.Reports;
using EdgeActors.Route;

namespace EdgeActors.Operate;

/// <summary><c>server</c>: the router, which alone changes servers, is asked to.</summary>
internal static class ServerChange
{
    public static async Task<Answer> Do(NodeState node, ChangeServer change, TimeSpan patience)
    {
        object order = change.State is { } state
            ? new SetServerState(change.Backend, change.Server, state)
            : new SetServerWeight(change.Backend, change.Server, change.Weight!.Value);
        var set = await node.Actors.Router.Ask<ServerSet>(order, patience).ConfigureAwait(false);
        var name = $"{change.Backend}/{change.Server}";
        if (set.Status is not { } status)
            return ConnectionReport.Unknown("server", name, PoolReport.Names(node));
        return new FactsAnswer(
        [
            new("server", CellType.Text, name),
            new("state", CellType.State, PoolReport.StateOf(status)),
            new("weight", CellType.Number, (long)status.Weight),
        ]);
    }
}
