using System.Net;
using System.Net.Sockets;
using EdgeActors.Cluster.Membership;
using EdgeActors.Tests.Cluster.Tls;

namespace EdgeActors.Tests.Cluster.Membership;

/// <summary>Strangers connect to the cluster's port and stay.</summary>
public sealed class InboundLimitSpecs : IDisposable
{
    private const int Strangers = 200;

    private readonly TestAuthority _authority = new();
    private readonly List<Socket> _strangers = [];

    public void Dispose()
    {
        _strangers.ForEach(static stranger => stranger.Dispose());
        _authority.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silent_strangers_give_way_and_nodes_stay(bool tls)
    {
        await using RemoteNode a = Node("a"), b = Node("b"), c = Node("c");
        Assert.Equal("hello", await a.Ask(b, "hello"));
        for (var i = 0; i < Strangers; i++)
        {
            var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _strangers.Add(stranger);
            await stranger.ConnectAsync(new IPEndPoint(IPAddress.Loopback, b.Address.Port!.Value));
        }
        // The node has one connection of them.
        await Eventually.True(() => Open == InboundLimit.Max - 1, () => $"{Open} strangers are connected", Eventually.Deadline);
        await b.HasLogged($"was not let in: {InboundLimit.Max} connections are open");
        Assert.Equal("still there", await a.Ask(b, "still there"));
        Assert.Equal("back", await b.Ask(a, "back"));
        Assert.Equal("new", await c.Ask(b, "new"));
        Assert.Equal(InboundLimit.Max - 2, Open);

        RemoteNode Node(string name) => new(tls ? _authority.Node(name) : null);
    }

    /// <summary>A socket that can be read from without bytes has been closed by its peer.</summary>
    private int Open => _strangers.Count(static stranger => !(stranger.Poll(0, SelectMode.SelectRead) && stranger.Available == 0));
}
