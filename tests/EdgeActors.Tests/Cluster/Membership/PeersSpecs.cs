using System.Net;
using Akka.Actor;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Commands;
using EdgeActors.Tests.Cluster.Tls;
using EdgeActors.Tests.Operator;

namespace EdgeActors.Tests.Cluster.Membership;

/// <summary>Two whole nodes that speak by TLS: what they tell each other of servers, and what they do for each other's operators.</summary>
public sealed class PeersSpecs : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly TestAuthority _authority = new();
    private readonly ActorSystem _systemA = ActorSystem.Create("edge"), _systemB = ActorSystem.Create("edge");
    private OperatedNode _a = null!, _b = null!;

    public async ValueTask InitializeAsync()
    {
        var (a, b) = (OwnAddress.Next(), OwnAddress.Next());
        _a = await Start(_systemA, "a", a, b);
        _b = await Start(_systemB, "b", b, a);
        await Eventually.True(() => IsUp(_a) && IsUp(_b), () => $"one cluster: {_a.Node.Gateway.Picture} {_b.Node.Gateway.Picture}", Long);
    }

    public async ValueTask DisposeAsync()
    {
        // Without leaving first: no other node needs the shards.
        _a.Node.Cluster!.Restart(now: true);
        _b.Node.Cluster!.Restart(now: true);
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _systemA.Terminate();
        await _systemB.Terminate();
        _authority.Dispose();
    }

    private static bool IsUp(OperatedNode node) =>
        node.Node.Gateway is { Picture: { State: ClusterState.Up, Members.Count: 2 }, Peers: not null };

    private async Task<OperatedNode> Start(ActorSystem system, string name, IPEndPoint self, IPEndPoint other)
    {
        var files = _authority.Node(name);
        var node = await OperatedNode.Start(system, $$"""
            routes { {{string.Join('\n', Enumerable.Range(0, 2000).Select(static i => $"\"route-of-some-length-{i}.example.com\" = web"))}} }
            backend-defaults.health { enabled = on, interval = 200ms, timeout = 200ms }
            cluster {
              enabled = on, name = {{name}}, bind = "{{self}}", seeds = ["{{self}}", "{{other}}"]
              tls { certificate = "{{files.Certificate}}", key = "{{files.Key}}", authority = "{{files.Authority}}" }
            }
            """, FastCluster.Hocon);
        node.Node.JoinCluster();
        return node;
    }

    [Fact]
    public async Task Operators_reach_all_nodes_by_any_of_them()
    {
        await _a.Connect();
        await _b.Connect();
        await _b.Connect();
        var list = await _a.Table("--cluster connections");
        Assert.Equal(["a", "b", "b"], list.All("node"));
        Assert.Equal(["state"], (await _a.Run("--cluster status")).Select(static answer => ((FactsAnswer)answer).Facts[1].Name).Distinct());

        Assert.Equal(2L, (await _a.Facts("--node b kill --all")).Of("closed"));
        Assert.Equal(["a"], (await _b.Table("--cluster connections")).All("node"));
        Assert.Equal("kill would change something, and may not from here", await _a.Error("--node b kill --all", Access.ReadOnly));
        Assert.Equal("b: there is no backend 'wbe'; did you mean 'web'?", await _a.Error("--node b backends wbe"));
    }

    [Fact]
    public async Task An_answer_of_many_pieces_comes_whole()
    {
        var there = await _a.Table("--node b routes");
        Assert.True(AnswerLines.Write([there]).Length > 2 * OrderAnswer.MostAtOnce);
        Assert.Equal((await _b.Table("routes")).All("name"), there.All("name"));
    }

    [Fact]
    public async Task A_renewed_certificate_takes_the_node_out_of_the_cluster_and_in_again_and_its_connections_go_on()
    {
        using var client = await _b.Connect();
        _authority.Node("b", until: TestAuthority.Now.AddDays(90));
        await Eventually.True(
            () => _b.Node.Gateway.Picture is { Incarnation: 2, LastEnd: "its certificate was renewed" },
            () => $"{_b.Node.Gateway.Picture}",
            Long);
        var since = System.Diagnostics.Stopwatch.StartNew();
        Assert.Single((await _b.Table("connections")).Rows);
        using var another = await _b.Connect();
        await Eventually.True(() => IsUp(_a) && IsUp(_b), () => $"one cluster: {_a.Node.Gateway.Picture} {_b.Node.Gateway.Picture}", Long);
        TestContext.Current.TestOutputHelper?.WriteLine($"out for {since.Elapsed.TotalSeconds:F1} s");
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_told_as_such()
    {
        _b.Node.Gateway.Peers!.Tell(PoisonPill.Instance);
        await Eventually.True(() => _b.Node.Gateway.Peers is null, "its end");
        var answers = await _a.Run("--cluster connections --count");
        Assert.Equal("a", Assert.IsType<FactsAnswer>(answers[0]).Of("node"));
        Assert.Equal("b: no answer within 2 s", Assert.IsType<ErrorAnswer>(answers[1]).Message);
    }

    [Fact]
    public async Task Each_hears_what_the_other_sees_of_the_servers_until_it_has_gone()
    {
        // The two have servers of their own at other addresses, and so know nothing of each other's.
        await Eventually.True(() => _a.Node.State.Peers.Nodes.Count == 1, () => "a report", Long);
        Assert.Null((await _a.Table("backends web")).Cell(0, "elsewhere"));
        var server = _b.Node.State.Routes.Current.PoolOf("web")!.Servers.First(static server => server.Name == "s1");
        await Eventually.True(() => _a.Node.State.Peers.Of("web", "s1", server.EndPoint).Up == 1, () => "a report of checks", Long);

        // Not a restart, after which it may be back before anybody looks.
        await _b.Node.Cluster!.Leave();
        await Eventually.True(() => _a.Node.State.Peers.Nodes.Count == 0, () => "forgotten", Long);
        _b.Node.Cluster.Join();
        await Eventually.True(() => _a.Node.State.Peers.Of("web", "s1", server.EndPoint).Up == 1, () => "known again", Long);
    }
}
