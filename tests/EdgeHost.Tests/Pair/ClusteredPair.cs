using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EdgeActors.Admission;
using EdgeActors.Settings;
using EdgeActors.Tests.Protocol;
using EdgeHost.Tests.Harness;

namespace EdgeHost.Tests.Pair;

/// <summary>A pair whose nodes are a cluster, too, over a cable of their own.</summary>
internal sealed class ClusteredPair(EdgePair pair) : IAsyncDisposable
{
    public const int Limit = 50;

    private const int Port = 4053;

    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(2);

    public EdgePair Pair => pair;

    public PairNode[] Nodes => pair.Nodes;

    /// <param name="timeout">edge.admission-timeout. Long, where limits are to be exact on a machine that is busy with other
    /// things.</param>
    /// <param name="more">What else is in the section edge.</param>
    public static async Task<ClusteredPair> Start(string timeout = "50ms", string more = "")
    {
        var clustered = new ClusteredPair(await EdgePair.Start(name => $$"""
            listener-defaults.rate-limit { limit = {{Limit}}, per = 20m, expire = 40m }
            admission-timeout = {{timeout}}
            # Specs read the node's count of refusals. Above 100 a second the kernel would drop SYNs, which nobody counts.
            silent-drop.kernel = off
            cluster {
              enabled = on
              name = {{name}}
              bind = "{{PairNetwork.AddressOf(name, PairNetwork.Link)}}:{{Port}}"
              seeds = ["{{PairNetwork.AddressOf("a", PairNetwork.Link)}}:{{Port}}", "{{PairNetwork.AddressOf("b", PairNetwork.Link)}}:{{Port}}"]
              # The cable between them is nobody else's.
              tls = off
              stable-after = 2s
            }
            {{more}}
            """));
        try
        {
            await clustered.Together();
            return clustered;
        }
        catch
        {
            await clustered.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until both see one cluster of two.</summary>
    public Task Together() => EdgePair.Until(async () => await IsWhole(pair.A) && await IsWhole(pair.B), Story, s_long);

    /// <summary>Waits until shards have stopped moving, because a question at that moment is lost and decided alone, and until both nodes
    /// get answers about this client's shard from its owner. The client itself is not counted.</summary>
    public async Task Settle(IPAddress client)
    {
        await EdgePair.Until(
            async () =>
                (await Shards(pair.A), await Shards(pair.B)) is (
                    RateLimitExtractor.Shards / 2, RateLimitExtractor.Shards / 2), Story, s_long);
        var neighbour = Neighbour(client);
        foreach (var node in Nodes)
        {
            await EdgePair.Until(
                async () =>
                {
                    var before = await Alone(node);
                    await Admits(node, neighbour);
                    return await Alone(node) == before;
                },
                Story,
                s_long);
        }
    }

    /// <summary>Whether one connection of this client is let in; a refused one hears nothing, so the node is asked.</summary>
    public async Task<bool> Admits(PairNode node, IPAddress client)
    {
        var before = await node.Ended("RATE_LIMITED");
        using var socket = NetworkNamespaces.In(pair.Network.Client, () =>
        {
            var made = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            made.Bind(new IPEndPoint(client, 0));
            return made;
        });
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        await socket.ConnectAsync(node.EndPoint, deadline.Token);
        await socket.SendAsync(HelloBytes.ForName(EdgePair.Name), deadline.Token);
        var answer = socket.ReceiveAsync(new byte[1], deadline.Token).AsTask();
        while (!answer.IsCompleted)
        {
            if (await node.Ended("RATE_LIMITED") > before)
                return false;
            await Task.WhenAny(answer, Task.Delay(5));
        }
        return await answer > 0;
    }

    /// <summary>One client that comes to both in turns has its limit once.</summary>
    public async Task ShouldLimit(IPAddress client)
    {
        await Settle(client);
        var admitted = 0;
        for (var i = 0; i < 2 * Limit; i++)
            admitted += await Admits(Nodes[i % 2], client) ? 1 : 0;
        Assert.Equal(Limit, admitted);
    }

    public static async Task<int> Incarnation(PairNode node) => (await node.Ctl("cluster")).GetProperty("incarnation").GetInt32();

    /// <summary>How many nodes there are, by this one; null: it is no member.</summary>
    public static async Task<int?> Members(PairNode node)
    {
        var cluster = await node.Ctl("cluster");
        return cluster.GetProperty("state").GetString() == "up" ? cluster.GetProperty("members").GetArrayLength() : null;
    }

    public ValueTask DisposeAsync() => pair.DisposeAsync();

    private static async Task<bool> IsWhole(PairNode node)
    {
        var cluster = await node.Ctl("cluster");
        return cluster.GetProperty("state").GetString() == "up"
            && cluster.GetProperty("members").EnumerateArray().Count(static member => IsUp(member)) == 2;

        static bool IsUp(JsonElement member) =>
            member.GetProperty("status").GetString() == "up" && member.GetProperty("reachable").GetBoolean();
    }

    private static async Task<int> Shards(PairNode node) => (await node.Ctl("cluster")).GetProperty("shards_here").GetInt32();

    private static async Task<long> Alone(PairNode node) => (await node.Ctl("cluster")).GetProperty("decided_alone").GetInt64();

    /// <summary>An address that is counted in the same shard.</summary>
    private static IPAddress Neighbour(IPAddress client) => Enumerable.Range(1, 250)
        .Select(static i => new IPAddress([10, 88, 14, (byte)i]))
        .First(
            address =>
                AddressKey.From(address).ShardOf(RateLimitExtractor.Shards) == AddressKey.From(client).ShardOf(RateLimitExtractor.Shards));

    private string Story() => string.Join("\n\n", Nodes.Select(static node => $"{node.Name}:\n{node.Edge.Out.Text}"));
}
