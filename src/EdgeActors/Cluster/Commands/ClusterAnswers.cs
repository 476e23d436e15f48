using EdgeActors.Answers;

namespace EdgeActors.Cluster.Commands;

/// <summary>What one node has said.</summary>
/// <param name="Node">Its name in the cluster.</param>
public sealed record NodeAnswer(string Node, Answer Answer);

/// <summary>The answers of several nodes to one order, put together so that each line and each object says whose it is. Pure.</summary>
public static class ClusterAnswers
{
    private const string Node = "node";

    private static readonly Column NodeColumn = new(Node, CellType.Text);

    /// <summary>Tables of the same columns become one; all else stays apart, what could not be done at the end.</summary>
    /// <param name="answers">In the order in which they are to be shown.</param>
    public static IEnumerable<Answer> Merge(IReadOnlyList<NodeAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var done = answers.Where(static one => one.Answer is not ErrorAnswer).ToArray();
        if (One(done) is { } one)
        {
            yield return one;
        }
        else
        {
            foreach (var (node, answer) in done)
                yield return Named(node, answer);
        }
        foreach (var (node, answer) in answers)
        {
            if (answer is ErrorAnswer error)
                yield return error with { Message = $"{node}: {error.Message}" };
        }
    }

    /// <returns>Null where they are not all tables of the same kind.</returns>
    private static TableAnswer? One(NodeAnswer[] answers)
    {
        if (answers.Length == 0 || answers[0].Answer is not TableAnswer first)
            return null;
        var rows = new List<IReadOnlyList<object?>>();
        var (total, cut) = (0L, false);
        foreach (var (node, answer) in answers)
        {
            if (answer is not TableAnswer table || table.Name != first.Name || !table.Columns.SequenceEqual(first.Columns))
                return null;
            rows.AddRange(table.Rows.Select(row => (IReadOnlyList<object?>)[node, .. row]));
            total += table.Total ?? table.Rows.Count;
            cut |= table.Total is not null;
        }
        return new TableAnswer(first.Name, [NodeColumn, .. first.Columns], rows) { Total = cut ? total : null };
    }

    private static Answer Named(string node, Answer answer) => answer switch
    {
        TableAnswer table => table with
        {
            Columns = [NodeColumn, .. table.Columns],
            Rows = [.. table.Rows.Select(row => (IReadOnlyList<object?>)[node, .. row])],
        },
        FactsAnswer facts => facts with { Facts = Headed(node, facts.Facts) },
        EventAnswer happened => happened with { Facts = Headed(node, happened.Facts) },
        _ => answer,
    };

    private static Fact[] Headed(string node, IReadOnlyList<Fact> facts) =>
        [new Fact(Node, CellType.Text, node), .. facts.Where(static fact => fact.Name != Node)];
}
