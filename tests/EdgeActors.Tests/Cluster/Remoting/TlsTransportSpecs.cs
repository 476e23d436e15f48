using EdgeActors.Cluster.Remoting;
using EdgeActors.Tests.Cluster.Tls;

namespace EdgeActors.Tests.Cluster.Remoting;

/// <summary>And what others come to who try it on.</summary>
public sealed class TlsTransportSpecs : NodeTransportSpecs
{
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other = new("other");

    public TlsTransportSpecs()
        : this(new TestAuthority())
    {
    }

    private TlsTransportSpecs(TestAuthority authority)
        : base("akka.tls", authority.Node("a"), authority.Node("b")) => _authority = authority;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _authority.Dispose();
        _other.Dispose();
    }

    private Task IsRefused(string why) => Eventually.True(() => B.HasLogged(why), $"{why}, in:\n{B.Log()}");

    [Fact]
    public async Task A_client_without_a_certificate_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(B.EndPoint);
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
        using var stranger = await Stranger.Connect(B.EndPoint);
        await stranger.Handshake(_other.Node("mallory"));
        await stranger.IsLetGo();
        await IsRefused("was not let in: its certificate (CN=mallory) is none of a node (");
        await IsUnharmed();
    }

    [Fact]
    public async Task One_with_an_expired_certificate_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(B.EndPoint);
        await stranger.Handshake(_authority.Node("late", until: TestAuthority.Now.AddMinutes(-1)));
        await stranger.IsLetGo();
        await IsRefused("was not let in: its certificate (CN=late) is none of a node (NotTimeValid)");
        await IsUnharmed();
    }

    [Fact]
    public async Task Plain_text_is_not_let_in()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(B.EndPoint);
        await stranger.Send("GET / HTTP/1.1\r\nHost: edge\r\n\r\n"u8.ToArray());
        await stranger.IsLetGo();
        await IsRefused("was not let in: no handshake: ");
        await IsUnharmed();
    }

    [Fact]
    public async Task A_handshake_that_stalls_ends_in_time()
    {
        await IsUnharmed();
        using var stranger = await Stranger.Connect(B.EndPoint);
        await stranger.Send(0x16, 0x03, 0x01);
        await stranger.IsLetGo();
        await IsRefused("was not let in: no handshake within 5 s");
        await IsUnharmed();
    }

    [Fact]
    public async Task One_handshake_more_than_may_be_ends_the_oldest()
    {
        await using var patient = new RemoteNode(_authority.Node("c"), NodeTransportLimits.Usual with { HandshakeTimeout = TimeSpan.FromMinutes(1), MaxHandshakes = 3 });
        var strangers = new List<Stranger>();
        for (var i = 0; i < 3; i++)
            strangers.Add(await Stranger.Connect(patient.EndPoint));
        // Those three are all that may be at once, and a node is let in all the same, in place of the oldest.
        Assert.Equal("hello", await A.Ask(patient, "hello"));
        await strangers[0].IsLetGo();
        await Eventually.True(() => patient.HasLogged("was not let in: more than 3 handshakes at once, and it was the oldest"), patient.Log());
        strangers.ForEach(static stranger => stranger.Dispose());
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_to_whoever_comes_next()
    {
        // The nodes associate first: a connection from the dialled address ends a dial in progress.
        await IsUnharmed();
        var identity = _authority.Node("peer");
        using var before = await Stranger.Connect(A.EndPoint);
        await before.Handshake(identity);
        _authority.Node("a", until: TestAuthority.Now.AddDays(90));
        using var after = await Stranger.Connect(A.EndPoint);
        await after.Handshake(identity);
        Assert.NotEqual(before.Seen!.GetSerialNumberString(), after.Seen!.GetSerialNumberString());
        await IsUnharmed();
    }

    [Fact]
    public async Task A_node_of_another_authority_is_told_why_it_cannot_come_in()
    {
        await using var mallory = new RemoteNode(_other.Node("mallory"));
        mallory.Tell(B, "let me in");
        await Eventually.True(() => mallory.HasLogged("its certificate (CN=b) is none of a node ("), $"why, in:\n{mallory.Log()}");
        Assert.Empty(B.Received);
    }
}
