using EdgeActors.Answers;
using EdgeActors.Node;

namespace EdgeActors.Operator.Reports;

/// <summary><c>reload</c> and <c>generations</c>.</summary>
internal static class GenerationReport
{
    private static readonly ErrorAnswer NotAvailable = new(ErrorKind.Failed, "not available: this node was started without a file that could be read again");

    public static Answer Of(NodeState node)
    {
        var generations = node.Generations.All;
        return new TableAnswer(
            "generations",
            [new("generation", CellType.Number), new("state", CellType.State), new("since", CellType.Time), new("connections", CellType.Number)],
            [.. generations.Select((one, i) => (IReadOnlyList<object?>)
                [one.Number, i == generations.Count - 1 ? "current" : "old", one.Since, (long)one.Connections])]);
    }

    public static object Reload(IReloader? reloader) => reloader is null ? NotAvailable : Do(reloader);

    private static async Task<Answer> Do(IReloader reloader)
    {
        // What has begun is brought to its end, whoever loses patience.
        var outcome = await reloader.Reload(CancellationToken.None).ConfigureAwait(false);
        if (outcome.Mistakes.Count > 0)
            return new ErrorAnswer(ErrorKind.Failed, $"{string.Join('\n', outcome.Mistakes)}\n{outcome.Mistakes.Count} mistake(s), nothing was changed");
        return new FactsAnswer(
            [new Fact("generation", CellType.Number, outcome.Generation)],
            new TableAnswer("changes", [new Column("change", CellType.Text)], [.. outcome.Changes.Select(static change => (IReadOnlyList<object?>)[change])]));
    }
}
