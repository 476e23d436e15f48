using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Node;
using EdgeActors.Operator.Reports;
using EdgeActors.Routing;

namespace EdgeActors.Operator;

/// <summary><c>server</c>: the router, which alone changes servers, is asked to.</summary>
internal static class ServerChange
{
    public static async Task<Answer> Do(NodeState node, ChangeServer change, TimeSpan patience)
    {
        var set = await node.Actors.Router.Ask<ServerSet>(
            new SetServer(change.Backend, change.Server, change.State, change.Weight), patience).ConfigureAwait(false);
        var name = $"{change.Backend}/{change.Server}";
        if (set.Server is not { } server)
            return ConnectionReport.Unknown("server", name, PoolReport.Names(node));
        return new FactsAnswer(
        [
            new("server", CellType.Text, name),
            new("state", CellType.State, PoolReport.StateOf(server)),
            new("weight", CellType.Number, (long)server.Weight),
        ]);
    }
}
