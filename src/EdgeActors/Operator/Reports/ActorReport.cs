using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Node;

namespace EdgeActors.Operator.Reports;

/// <summary><c>actors</c>: the tree below /user. All connections share one row.</summary>
internal static class ActorReport
{
    /// <summary>Children of one parent that have a row of their own, and rows in all.</summary>
    private const int MaxChildren = 128, MaxRows = 1000;

    public static Answer Of(ActorSystem system, NodeState node, FailureCounts failures)
    {
        var rows = new List<IReadOnlyList<object?>>();
        Walk(((ExtendedActorSystem)system).Guardian, node, failures, rows);
        return new TableAnswer(
            "actors",
            [
                new("actor", CellType.Text),
                new("kind", CellType.Text),
                new("count", CellType.Number) { IsExtra = true },
                new("mailbox", CellType.Number),
                new("failures", CellType.Number),
            ],
            rows);
    }

    private static void Walk(IActorRef actor, NodeState node, FailureCounts failures, List<IReadOnlyList<object?>> rows)
    {
        if (actor is not ActorRefWithCell { Underlying: var cell } local || rows.Count >= MaxRows)
            return;
        var path = actor.Path.ToStringWithoutAddress();
        rows.Add([path, KindOf(cell), 1L, (long)cell.NumberOfMessages, (long)failures.Of(actor.Path)]);
        if (actor.Equals(node.Actors.Connections))
        {
            rows.Add(Connections(node, path, failures.OfNameless(actor.Path)));
            return;
        }
        var more = 0L;
        foreach (var child in local.Children)
        {
            if (++more <= MaxChildren)
                Walk(child, node, failures, rows);
        }
        if (more > MaxChildren)
            rows.Add([$"{path}/...", null, more - MaxChildren, null, null]);
    }

    /// <summary>By way of their records: a list of 50,000 children would have to be made under their parent's lock.</summary>
    private static IReadOnlyList<object?> Connections(NodeState node, string parent, int failures)
    {
        var (count, waiting) = (0L, 0L);
        foreach (var record in node.Live.Records)
        {
            count++;
            waiting += record.Connection is ActorRefWithCell { Underlying: var cell } ? cell.NumberOfMessages : 0;
        }
        return [$"{parent}/*", nameof(Connection.ConnectionActor), count, waiting, (long)failures];
    }

    private static string KindOf(ICell cell) => cell.Props.Type is { } type ? type.Name : "?";
}
