using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;

namespace EdgeActors.Tests.Cluster.Commands;

public class ClusterAnswersSpecs
{
    private static readonly ErrorAnswer Silent = new(ErrorKind.Failed, "no answer within 2 s");

    private static TableAnswer Table(long? total, params IReadOnlyList<long> ids) =>
        new(
            "connections",
            [new Column("id", CellType.Number)],
            [.. ids.Select(static id => (IReadOnlyList<object?>)[id])]) { Total = total };

    private static string[] Text(params NodeAnswer[] answers) =>
        [.. ClusterAnswers.Merge(answers).SelectMany(static answer => TextAnswers.Render(answer, TextStyle.Plain).Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    [Fact]
    public void Tables_become_one_with_the_node_ahead() => Assert.Equal(
        ["node  id", "a      1", "a      2", "b      1"], Text(new("a", Table(null, 1, 2)), new("b", Table(null, 1))));

    [Fact]
    public void Totals_add_up_where_one_of_them_is_cut() => Assert.Equal(
        "3 of 12 shown", Text(new("a", Table(11, 1, 2)), new("b", Table(null, 1)))[^1]);

    [Fact]
    public void Tables_of_other_columns_stay_apart() => Assert.Equal(
        ["node  id", "a      1", "node  name", "b     x"],
        Text(new("a", Table(null, 1)), new("b", new TableAnswer("connections", [new Column("name", CellType.Text)], [["x"]]))));

    [Fact]
    public void Facts_have_the_node_for_the_first_one() => Assert.Equal(
        ["node   a", "state  running", "node   b", "state  draining"],
        Text(
            new("a", new FactsAnswer([new Fact("state", CellType.State, "running")])),
            new("b", new FactsAnswer([new Fact("state", CellType.State, "draining"), new Fact("node", CellType.Text, "x")]))));

    [Fact]
    public void Who_says_nothing_is_told_behind_the_others() => Assert.Equal(
        ["node  id", "b      1", "a: no answer within 2 s"], Text(new("a", Silent), new("b", Table(null, 1))));

    [Fact]
    public void In_json_every_row_says_whose_it_is() => Assert.Equal(
        """{"connections":[{"node":"a","id":1},{"node":"b","id":2}]}""",
        System.Text.Encoding.UTF8.GetString(
            JsonAnswers.ToUtf8(ClusterAnswers.Merge([new("a", Table(null, 1)), new("b", Table(null, 2))]).Single())));
}
