using EdgeActors.Answers;
using EdgeActors.Cluster.Commands;
using EdgeActors.Health;
using EdgeActors.Tests.Operator;

namespace EdgeActors.Tests.Cluster.Commands;

/// <summary>Orders for other nodes, given to one that runs.</summary>
public sealed class ClusterOrderSpecs : OperatedTestKit
{
    private readonly FakeNodes _nodes = new();
    private sealed class FakeNodes
    {
        public List<(ClusterWords Words, Access Access)> Orders { get; } = [];

        public Task<IReadOnlyList<NodeAnswer>> Run(ClusterWords words, Access access, CancellationToken cancel)
        {
            Orders.Add((words, access));
            return Task.FromResult<IReadOnlyList<NodeAnswer>>(
            [
                new("a", new FactsAnswer([new Fact("count", CellType.Number, 1L)])),
                new("b", new ErrorAnswer(ErrorKind.Failed, "no answer within 2 s")),
            ]);
        }
    }

    [Fact]
    public async Task A_node_alone_says_that_it_is_in_no_cluster() =>
        Assert.Equal("this node is in no cluster", await _edge.Error("--cluster status"));

    [Fact]
    public async Task An_order_for_all_is_passed_on_with_what_its_giver_may_and_comes_back_with_the_nodes()
    {
        _edge.Node.RunOnNodes = _nodes.Run;
        var answers = await _edge.Run("--cluster connections --count", Access.ReadOnly);
        Assert.Equal("a", Assert.IsType<FactsAnswer>(answers[0]).Of("node"));
        Assert.Equal("b: no answer within 2 s", Assert.IsType<ErrorAnswer>(answers[1]).Message);
        var (words, access) = Assert.Single(_nodes.Orders);
        Assert.Equal((true, Access.ReadOnly), (words.Everywhere, access));
        Assert.Equal(["connections", "--count"], words.Words);
    }

    [Theory]
    [InlineData("--cluster conections", "there is no verb 'conections'; did you mean 'connections'?")]
    [InlineData("--cluster --node a status", "--node names one node, and --cluster means all of them; expected one of the two")]
    [InlineData("--cluster watch", "watch goes on and on here, and so is for one node; expected it without --cluster and --node, there")]
    [InlineData("--node b kill --all --over 5m", "kill goes on and on here, and so is for one node; expected it without --cluster and --node, there")]
    public async Task What_makes_no_sense_goes_nowhere(string line, string expected)
    {
        _edge.Node.RunOnNodes = _nodes.Run;
        Assert.Equal(expected, await _edge.Error(line));
        Assert.Empty(_nodes.Orders);
    }

    [Fact]
    public async Task Who_may_only_look_may_change_nothing_elsewhere_either()
    {
        _edge.Node.RunOnNodes = _nodes.Run;
        Assert.Equal("kill would change something, and may not from here", await _edge.Error("--cluster kill --all", Access.ReadOnly));
        Assert.Empty(_nodes.Orders);
    }

    [Fact]
    public async Task Backends_show_what_other_nodes_see()
    {
        Assert.Null((await _edge.Table("backends web")).Cell(0, "elsewhere"));
        _edge.Node.State.Peers.Apply(new PeerReport("b", [new ServerEvidence("web", "s1", _edge.Server, false, null, 1)]));
        Assert.Equal("up on 0 of 1", (await _edge.Table("backends web")).Cell(0, "elsewhere"));
    }
}
