using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using EdgeActors.Cluster.Remoting;
using EdgeActors.Config;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>Two nodes that talk, and what becomes of it when somebody disturbs them: the same with TLS and without.</summary>
public abstract class NodeTransportSpecs : IAsyncLifetime
{
    private readonly string _scheme;
    private readonly ClusterTlsSettings? _identity;

    private protected NodeTransportSpecs(string scheme, ClusterTlsSettings? a, ClusterTlsSettings? b)
    {
        _scheme = scheme;
        _identity = a;
        A = new RemoteNode(a);
        B = new RemoteNode(b);
    }

    private protected RemoteNode A { get; }

    private protected RemoteNode B { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }

    /// <summary>The good association that must not feel what the others do.</summary>
    private protected async Task IsUnharmed()
    {
        Assert.Equal("still there", await A.Ask(B, "still there"));
        Assert.Equal((0, 0), (A.Cuts, B.Cuts));
    }

    [Fact]
    public async Task Two_nodes_talk_either_way()
    {
        Assert.StartsWith($"{_scheme}://edge@127.0.0.1:", A.Address.ToString());
        Assert.Equal("hello", await A.Ask(B, "hello"));
        Assert.Equal("hello", await B.Ask(A, "hello"));
    }

    [Fact]
    public async Task A_thousand_messages_come_in_their_order()
    {
        for (var i = 0; i < 1000; i++)
            A.Tell(B, i);
        await Eventually.True(
            () =>
            {
                lock (B.Received)
                    return B.Received.Count == 1000;
            },
            "all of them");
        Assert.Equal(Enumerable.Range(0, 1000).Cast<object>(), B.Received);
    }

    [Fact]
    public async Task A_message_of_many_records_comes_whole_and_one_that_is_too_large_leaves_the_rest_alone()
    {
        var large = new string('x', 200_000);
        Assert.Equal(large, await A.Ask(B, large));
        A.Tell(B, new string('x', NodeTransportLimits.Usual.MaxFrame + 1));
        await IsUnharmed();
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0xff, 0xff, 0xff, 0x7f)]
    [InlineData(4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff)]
    public async Task Not_even_a_node_may_send_what_is_no_message(params int[] bytes)
    {
        await IsUnharmed();
        using var peer = await Stranger.Connect(B.EndPoint);
        if (_identity is not null)
            await peer.Handshake(_identity);
        await peer.Send([.. bytes.Select(static b => (byte)b)]);
        await peer.IsLetGo();
        await IsUnharmed();
    }

    [LinuxFact]
    public async Task A_connection_that_is_cut_ends_the_association_and_there_is_another_one()
    {
        await IsUnharmed();
        OwnSockets.CutTo(B.EndPoint);
        await Eventually.True(() => A.Cuts + B.Cuts > 0, "an association that ended");
        await Eventually.True(() => Answers().Result, "an answer");

        async Task<bool> Answers()
        {
            try
            {
                return await A.Ask(B, "again", TimeSpan.FromMilliseconds(500)) == "again";
            }
            catch (AskTimeoutException)
            {
                return false;
            }
        }
    }

    /// <summary>Of two that dial each other at once. The third socket answers nobody, which is how it is behind a cable that is cut.</summary>
    [LinuxFact]
    public async Task A_dial_is_given_up_when_the_same_machine_has_called_meanwhile()
    {
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen();
        using (var handle = SharedSockets.Duplicate(deaf.SafeHandle))
            Assert.True(SynFilter.Set(handle, true));
        A.System.ActorSelection($"{A.Address.WithPort(((IPEndPoint)deaf.LocalEndPoint!).Port)}/user/echo").Tell("anybody?", ActorRefs.NoSender);

        await Eventually.True(
            async () =>
            {
                using var peer = await Stranger.Connect(A.EndPoint);
                if (_identity is not null)
                    await peer.Handshake(_identity);
                return A.HasLogged("it has called meanwhile");
            },
            A.Log,
            Eventually.Deadline);
        Assert.Equal("hello", await B.Ask(A, "hello"));
    }

    [Fact]
    public async Task It_listens_on_the_one_address_that_it_was_given()
    {
        using var client = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), A.EndPoint.Port)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public void An_address_that_is_taken_is_told_at_once()
    {
        var failure = Assert.ThrowsAny<Exception>(() => new RemoteNode(_identity, bind: A.EndPoint));
        Assert.Contains("another program listens there already", failure.ToString());
    }

    [Fact]
    public async Task Nodes_have_ipv6_addresses_too()
    {
        await using var six = new RemoteNode(_identity, bind: new IPEndPoint(IPAddress.IPv6Loopback, 0));
        Assert.StartsWith($"{_scheme}://edge@[::1]:", six.Address.ToString());
        Assert.Equal("hello", await A.Ask(six, "hello"));
        Assert.Equal("hello", await six.Ask(A, "hello"));
    }
}
