using System.Net;
using Akka.Actor;
using EdgeActors.Admission;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;
using EdgeActors.Config;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Cluster.Membership;

/// <summary>Two nodes' parts of a cluster, on loopback.</summary>
public sealed class PairSpecs : EdgeTestKit
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly EdgeLog _log = new(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
    private readonly IPEndPoint[] _addresses = [OwnAddress.Next(), OwnAddress.Next()];
    private readonly List<Node> _nodes = [];

    private sealed record Node(ClusterGateway Gateway, ClusterSupervisor Supervisor, IActorRef Limiter, Func<ActorSystem> System)
    {
        public bool IsUpWith(int members) => Gateway.Picture is { State: ClusterState.Up } picture
            && picture.Members.Count == members && picture.Members.All(static member => member is { Status: "Up", IsReachable: true });
    }

    public override async ValueTask DisposeAsync()
    {
        // Without leaving first: two nodes that leave together wait for each other until a phase of Akka's coordinated shutdown times out.
        _nodes.ForEach(static node => node.Supervisor.Restart(now: true));
        await Task.WhenAll(_nodes.Select(static node => node.Supervisor.DisposeAsync().AsTask()));
        await _log.DisposeAsync();
        await base.DisposeAsync();
    }

    private Node Start(int index)
    {
        var read = EdgeSettingsReader.ReadText($$"""
            edge {
              listeners { https { bind = "127.0.0.1:0" } }
              routes { "demo.example.com" = web }
              backends { web { servers = ["127.0.0.1:1"] } }
              cluster { enabled = on, name = "edge-{{index}}", bind = "{{_addresses[index]}}", seeds = ["{{_addresses[0]}}", "{{_addresses[1]}}"], stable-after = 2s }
            }
            {{FastCluster.Hocon}}
            """);
        Assert.Empty(read.Errors);
        var gate = new ClusterGateway();
        var limits = new RateLimits([]);
        // A window that outlasts what nodes take to come and go.
        limits.Publish([TestSettings.RateLimit() with { Per = TimeSpan.FromMinutes(10), Expire = TimeSpan.FromMinutes(20) }], ["https"]);
        ActorSystem? system = null;
        var keeper = new ClusterSupervisor(
            read.Settings!, gate, limits, SystemHostResolver.Instance, _log, TimeProvider.System, begun => system = begun);
        var node = new Node(gate, keeper, Sys.ActorOf(RateLimiterFacadeActor.Props(gate)), () => system!);
        _nodes.Add(node);
        return node;
    }

    private async Task<(Node, Node)> Pair()
    {
        var (a, b) = (Start(0), Start(1));
        await Together(a, b);
        return (a, b);
    }

    private static async Task Together(Node a, Node b) => await Eventually.True(
        () => a.IsUpWith(2) && b.IsUpWith(2), () => $"one cluster: {a.Gateway.Picture} {b.Gateway.Picture}", Long);

    private static async Task<RateAnswer?> Ask(Node node, AddressKey client, TimeSpan? patience = null)
    {
        try
        {
            return await node.Limiter.Ask<RateAnswer>(new RateQuery(0, client), patience ?? TimeSpan.FromMilliseconds(200));
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    private static AddressKey Client(int n) => AddressKey.From(new IPAddress([192, 0, 2, (byte)n]));

    /// <summary>Until each shard has its home: the first questions wait for that.</summary>
    private static async Task Settle(params Node[] nodes)
    {
        await Eventually.True(
            () => nodes.All(node => node.Gateway.Picture.ShardsHere == RateLimitExtractor.Shards / nodes.Length),
            () => $"each has its share: {string.Join(", ", nodes.Select(static node => node.Gateway.Picture.ShardsHere))}", Long);
        foreach (var node in nodes)
        {
            for (var shard = 0; shard < RateLimitExtractor.Shards; shard++)
            {
                var client = Enumerable.Range(0, 10_000)
                    .Select(static n => new AddressKey(1, (ulong)n))
                    .First(key => key.ShardOf(RateLimitExtractor.Shards) == shard);
                await Eventually.True(
                    async () => await Ask(node, client) is { } answer && !ReferenceEquals(answer, RateAnswer.Alone),
                    () => $"shard {shard} answers",
                    Long);
            }
        }
    }

    [Fact]
    public async Task A_client_of_both_nodes_gets_its_limit_once()
    {
        var (a, b) = await Pair();
        await Settle(a, b);
        var admitted = 0;
        for (var i = 0; i < 100; i++)
            admitted += (await Ask(i % 2 == 0 ? a : b, Client(1)))!.Admitted ? 1 : 0;
        Assert.Equal(50, admitted);
        Assert.True(a.Gateway.DecidedRemotely + b.Gateway.DecidedRemotely >= 50);
        Assert.Equal(["edge-0", "edge-1"], a.Gateway.Picture.Members.Select(static member => member.Name).Order());
    }

    [Fact]
    public async Task A_node_that_leaves_hands_its_blocked_clients_over()
    {
        var (a, b) = await Pair();
        await Settle(a, b);
        // Some of these are counted there, some here.
        var clients = Enumerable.Range(1, 16).Select(Client).ToArray();
        foreach (var client in clients)
        {
            for (var i = 0; i < 50; i++)
                await Ask(b, client);
            // A shard that is slow to answer is not asked for a while, so some of them may not count.
            await Eventually.True(
                async () => ReferenceEquals(await Ask(b, client), RateAnswer.SharedNo), () => $"{client} is blocked", Long);
        }
        await b.Supervisor.Leave();
        await Eventually.True(() => a.IsUpWith(1), () => "one is left", Long);
        Assert.Equal(ClusterState.Off, b.Gateway.Picture.State);
        foreach (var client in clients)
            Assert.Same(RateAnswer.SharedNo, await Ask(a, client, Long));
        Assert.Same(RateAnswer.Alone, await Ask(b, Client(1)));

        b.Supervisor.Join();
        await Together(a, b);
    }

    [Fact]
    public async Task A_cluster_system_that_dies_is_followed_by_another_one_and_nobody_waits_for_it()
    {
        var (a, b) = await Pair();
        await Settle(a, b);
        var before = b.Gateway.Picture.Incarnation;
        b.Supervisor.Restart(now: true);
        await Eventually.True(() => b.Gateway.Picture.Incarnation > before, () => "another one", Long);
        // Whoever has no answer in time decides alone, and whoever comes later hears so at once.
        for (var i = 0; i < 50; i++)
        {
            await Ask(a, Client(i));
            await Ask(b, Client(i));
        }
        await Together(a, b);
        await Settle(a, b);
    }

    [Fact]
    public async Task Two_whose_systems_have_both_ended_find_each_other_again()
    {
        var (a, b) = await Pair();
        a.Supervisor.Restart(now: true);
        b.Supervisor.Restart(now: true);
        await Eventually.True(() => a.Gateway.Picture.Incarnation > 1 && b.Gateway.Picture.Incarnation > 1, () => "others", Long);
        await Together(a, b);
    }

    [Fact]
    public async Task A_member_that_says_that_it_is_in_a_smaller_cluster_with_the_same_lowest_node_is_told_of_the_larger_one()
    {
        var (a, b) = await Pair();
        var lowest = NodeAddress.Order.Compare(NodeAddress.Of(_addresses[0]), NodeAddress.Of(_addresses[1])) < 0 ? 0 : 1;
        var (one, other) = lowest == 0 ? (a, b) : (b, a);
        var address = Akka.Cluster.Cluster.Get(other.System()).SelfAddress;
        var members = one.System().ActorSelection(new RootActorPath(address) / "user" / MembersActor.Name);
        var name = NodeAddress.Of(_addresses[lowest]).ToString();
        // The census that the node would send if it had missed the answer to its join and formed its own cluster.
        Assert.Equal(new ClusterProbe(2, name), await members.Ask<ClusterProbe>(new ClusterProbe(1, name), Long));
        // A census with the same count gets no reply.
        await Assert.ThrowsAsync<AskTimeoutException>(
            () => members.Ask<ClusterProbe>(new ClusterProbe(2, name), TimeSpan.FromMilliseconds(300)));
        Assert.True(one.IsUpWith(2) && other.IsUpWith(2));
    }

    [Fact]
    public async Task The_higher_node_waits_for_the_lower_one()
    {
        var first = NodeAddress.Order.Compare(NodeAddress.Of(_addresses[0]), NodeAddress.Of(_addresses[1])) > 0 ? 0 : 1;
        var higher = Start(first);
        await Eventually.True(() => higher.Gateway.Picture.State == ClusterState.Joining, () => "it looks for others", Long);
        Assert.Same(RateAnswer.Alone, await Ask(higher, Client(1)));
        await Together(higher, Start(1 - first));
    }
}
