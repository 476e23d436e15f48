using System.Net;
using System.Net.Sockets;
using EdgeActors.Cluster.Remoting;
using EdgeActors.Config;
using EdgeActors.Tests.Cluster.Tls;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>Two nodes that talk, and what others come to who try it on.</summary>
public sealed class TlsTransportSpecs : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _other = new("other");
    private readonly ClusterTlsSettings _identity;
    private readonly RemoteNode _a;
    private readonly RemoteNode _b;

    public TlsTransportSpecs()
    {
        _identity = _authority.Node("a");
        _a = new RemoteNode(_identity);
        _b = new RemoteNode(_authority.Node("b"));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    /// <summary>The good association that must not feel what the others do.</summary>
    private async Task IsUnharmed()
    {
        Assert.Equal("still there", await _a.Ask(_b, "still there"));
        Assert.Equal((0, 0), (_a.Cuts, _b.Cuts));
    }

    private Task IsRefused(string why) => Eventually.True(() => _b.HasLogged(why), $"{why}, in:\n{_b.Log()}");

    [Fact]
    public async Task Two_nodes_talk_either_way()
    {
        Assert.StartsWith("akka.tls://edge@127.0.0.1:", _a.Address.ToString());
        Assert.Equal("hello", await _a.Ask(_b, "hello"));
        Assert.Equal("hello", await _b.Ask(_a, "hello"));
    }

    [Fact]
    public async Task A_thousand_messages_come_in_their_order()
    {
        for (var i = 0; i < 1000; i++)
            _a.Tell(_b, i);
        await Eventually.True(
            () =>
            {
                lock (_b.Received)
                    return _b.Received.Count == 1000;
            },
            "all of them");
        Assert.Equal(Enumerable.Range(0, 1000).Cast<object>(), _b.Received);
    }

    [Fact]
    public async Task A_message_of_many_records_comes_whole_and_one_that_is_too_large_leaves_the_rest_alone()
    {
        var large = new string('x', 200_000);
        Assert.Equal(large, await _a.Ask(_b, large));
        _a.Tell(_b, new string('x', TlsTransportLimits.Usual.MaxFrame + 1));
        await IsUnharmed();
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(_b.EndPoint);
        // In TLS 1.3 a client hears of a refusal only behind its own handshake (RFC 8446, section 4.4.2.4).
        await stranger.Handshake(null);
        await stranger.IsLetGo();
        await IsRefused("was not let in: it showed no certificate");
        await IsUnharmed();
    }

    [Fact]
    public async Task One_with_a_certificate_of_another_authority_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(_b.EndPoint);
        await stranger.Handshake(_other.Node("mallory"));
        await stranger.IsLetGo();
        await IsRefused("was not let in: its certificate (CN=mallory) is none of a node (");
        await IsUnharmed();
    }

    [Fact]
    public async Task One_with_an_expired_certificate_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(_b.EndPoint);
        await stranger.Handshake(_authority.Node("late", until: TestAuthority.Now.AddMinutes(-1)));
        await stranger.IsLetGo();
        await IsRefused("was not let in: its certificate (CN=late) is none of a node (NotTimeValid)");
        await IsUnharmed();
    }

    [Fact]
    public async Task Plain_text_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(_b.EndPoint);
        await stranger.Send("GET / HTTP/1.1\r\nHost: edge\r\n\r\n"u8.ToArray());
        await stranger.IsLetGo();
        await IsRefused("was not let in: no handshake: ");
        await IsUnharmed();
    }

    [Fact]
    public async Task A_handshake_that_stalls_ends_in_time()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(_b.EndPoint);
        await stranger.Send(0x16, 0x03, 0x01);
        await stranger.IsLetGo();
        await IsRefused("was not let in: no handshake within 5 s");
        await IsUnharmed();
    }

    [Fact]
    public async Task One_handshake_more_than_may_be_ends_the_oldest()
    {
        await using var patient = new RemoteNode(_authority.Node("c"), TlsTransportLimits.Usual with { HandshakeTimeout = TimeSpan.FromMinutes(1), MaxHandshakes = 3 });
        var strangers = new List<Stranger>();
        for (var i = 0; i < 3; i++)
            strangers.Add(await Stranger.Connect(patient.EndPoint));
        // Those three are all that may be at once, and a node is let in all the same, in place of the oldest.
        Assert.Equal("hello", await _a.Ask(patient, "hello"));
        await strangers[0].IsLetGo();
        await Eventually.True(() => patient.HasLogged("was not let in: more than 3 handshakes at once, and it was the oldest"), patient.Log());
        strangers.ForEach(static stranger => stranger.Dispose());
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0x7f, 0xff, 0xff, 0xff)]
    [InlineData(0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff)]
    public async Task Not_even_a_node_may_send_what_is_no_message(params int[] bytes)
    {
        await IsUnharmed();
        using var peer = await Stranger.Connect(_b.EndPoint);
        await peer.Handshake(_identity);
        await peer.Send([.. bytes.Select(static b => (byte)b)]);
        await peer.IsLetGo();
        await IsUnharmed();
    }

    [LinuxFact]
    public async Task A_connection_that_is_cut_ends_the_association_and_there_is_another_one()
    {
        await IsUnharmed();
        OwnSockets.CutTo(_b.EndPoint);
        await Eventually.True(() => _a.Cuts + _b.Cuts > 0, "an association that ended");
        await Eventually.True(() => Answers().Result, "an answer");

        async Task<bool> Answers()
        {
            try
            {
                return await _a.Ask(_b, "again", TimeSpan.FromMilliseconds(500)) == "again";
            }
            catch (Akka.Actor.AskTimeoutException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_to_whoever_comes_next()
    {
        using var before = await Stranger.Connect(_a.EndPoint);
        await before.Handshake(_identity);
        _authority.Node("a", until: TestAuthority.Now.AddDays(90));
        using var after = await Stranger.Connect(_a.EndPoint);
        await after.Handshake(_identity);
        Assert.NotEqual(before.Seen!.GetSerialNumberString(), after.Seen!.GetSerialNumberString());
        await IsUnharmed();
    }

    [Fact]
    public async Task It_listens_on_the_one_address_that_it_was_given()
    {
        using var client = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(new IPEndPoint(IPAddress.Parse("127.0.0.2"), _a.EndPoint.Port)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public void An_address_that_is_taken_is_told_at_once()
    {
        var failure = Assert.ThrowsAny<Exception>(() => new RemoteNode(_identity, bind: _a.EndPoint));
        Assert.Contains("another program listens there already", failure.ToString());
    }

    [Fact]
    public async Task Nodes_have_ipv6_addresses_too()
    {
        await using var six = new RemoteNode(_identity, bind: new IPEndPoint(IPAddress.IPv6Loopback, 0));
        Assert.StartsWith("akka.tls://edge@[::1]:", six.Address.ToString());
        Assert.Equal("hello", await _a.Ask(six, "hello"));
        Assert.Equal("hello", await six.Ask(_a, "hello"));
    }

    [Fact]
    public async Task A_node_of_another_authority_is_told_why_it_cannot_come_in()
    {
        await using var mallory = new RemoteNode(_other.Node("mallory"));
        mallory.Tell(_b, "let me in");
        await Eventually.True(() => mallory.HasLogged("its certificate (CN=b) is none of a node ("), $"why, in:\n{mallory.Log()}");
        Assert.Empty(_b.Received);
    }
}
