using System.Runtime.CompilerServices;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Commands;

namespace EdgeActors.Tests.Cluster.Commands;

public class ClusterCommandsSpecs
{
    private static readonly ClusterMember A = new("10.0.0.1:4053", "a", "Up", true, true), B = new("10.0.0.2:4053", "b", "Up", true, false);

    private readonly List<string> _passedOn = [];

    private sealed class Here : IOperator
    {
        public async IAsyncEnumerable<Answer> Run(
            IReadOnlyList<string> words, Access access, [EnumeratorCancellation] CancellationToken cancel)
        {
            await Task.Yield();
            yield return Says("here: " + string.Join(' ', words));
        }
    }

    private static FactsAnswer Says(string text) => new([new Fact("said", CellType.Text, text)]);

    private async Task<string[]> Run(string line, params IReadOnlyList<ClusterMember> members)
    {
        var commands = new ClusterCommands(
            () => ClusterPicture.Off with { Members = members },
            new Here(),
            (address, words, access) =>
            {
                _passedOn.Add($"{address} {access}: {string.Join(' ', words)}");
                return Task.FromResult<IReadOnlyList<Answer>>([Says("there")]);
            });
        Assert.True(ClusterWords.TryRead(line.Split(' '), out var read, out _));
        return
        [
            .. (await commands.Run(read, Access.ReadOnly, CancellationToken.None))
                .Select(
                    static one =>
                        $"{one.Node}: {(one.Answer is FactsAnswer facts ? facts.Facts[0].Value : ((ErrorAnswer)one.Answer).Message)}"),
        ];
    }

    [Fact]
    public async Task Every_node_is_asked_this_one_first()
    {
        Assert.Equal(["a: here: status", "b: there"], await Run("--cluster status", B, A));
        Assert.Equal(["10.0.0.2:4053 ReadOnly: status"], _passedOn);
    }

    [Theory]
    [InlineData("--node b status")]
    [InlineData("--node 10.0.0.2:4053 status")]
    public async Task One_node_is_asked_by_name_or_address(string line) => Assert.Equal(["b: there"], await Run(line, A, B));

    [Fact]
    public async Task Of_one_name_twice_addresses_are_shown_and_asked_for()
    {
        var twin = B with { Name = "a" };
        Assert.Equal(["10.0.0.1:4053: here: status", "10.0.0.2:4053: there"], await Run("--cluster status", A, twin));
        Assert.Equal(["a: 2 nodes are called so; expected one of 10.0.0.1:4053, 10.0.0.2:4053"], await Run("--node a status", A, twin));
    }

    [Fact]
    public async Task A_node_that_nobody_knows_is_told_with_those_that_there_are() =>
        Assert.Equal(["edge: there is no such node; expected one of a, b"], await Run("--node edge status", A, B));

    [Fact]
    public async Task Out_of_the_cluster_nobody_can_be_asked() =>
        Assert.Equal(["this node: it is in no cluster now, so nobody else can be asked"], await Run("--cluster status"));

    [Fact]
    public void Answers_come_back_as_they_were_sent()
    {
        Answer[] sent = [Says("a\nb"), new ErrorAnswer(ErrorKind.Failed, "no")];
        var read = AnswerLines.Read(AnswerLines.Write(sent));
        Assert.Equal(["a\nb"], ((FactsAnswer)read[0]).Facts.Select(static fact => fact.Value));
        Assert.Equal(sent[1], read[1]);
        Assert.Throws<FormatException>(() => AnswerLines.Read("{\n"u8.ToArray()));
        Assert.Throws<FormatException>(() => AnswerLines.Read("{\"kind\":\"song\"}\n"u8.ToArray()));
    }
}
