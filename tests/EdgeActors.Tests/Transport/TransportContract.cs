using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>What every transport does. A suite a transport inherits from it.</summary>
public abstract partial class TransportContract
{
    protected abstract ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld);

    private protected LinkHarness NewHarness(int maxConnections = 1000, TimeSpan? hold = null, int maxHeld = 8) =>
        new((gate, time) => Create(gate, time, hold ?? TimeSpan.FromMilliseconds(300), maxHeld), maxConnections: maxConnections);

    [Fact]
    public async Task A_link_knows_both_ends_of_its_client()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        Assert.Equal(client.LocalEndPoint, link.Client);
        Assert.Equal(client.RemoteEndPoint, link.Local);
    }

    [Fact]
    public async Task Received_bytes_add_up_over_several_receives()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        for (byte i = 0; i < 5; i++)
        {
            await client.SendAsync(new[] { i });
            Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
        }
        Assert.Equal([0, 1, 2, 3, 4], link.Received.ToArray());
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(16384)]
    public async Task Received_bytes_survive_a_growing_buffer(int size)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        var sent = RandomNumberGenerator.GetBytes(size);
        await client.SendAsync(sent);
        while (link.Received.Length < size)
            Assert.Contains(await harness.Receive(link, 20000), new[] { ReceiveStatus.Data, ReceiveStatus.Full });
        Assert.Equal(sent, link.Received.ToArray());
    }

    [Fact]
    public async Task A_receive_stops_at_its_limit()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        // Before the bytes come: without a receiver, the transport reads as much as a usual hello has.
        var receive = harness.Receive(link, 64);
        await client.SendAsync(new byte[100]);
        var status = await receive;
        while (status == ReceiveStatus.Data)
        {
            Assert.True(link.Received.Length < 64);
            status = await harness.Receive(link, 64);
        }
        Assert.Equal(ReceiveStatus.Full, status);
        Assert.Equal(64, link.Received.Length);
    }

    [Fact]
    public async Task A_fin_before_the_hello_is_told()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(ReceiveStatus.Finished, await harness.Receive(link));
    }

    [Fact]
    public async Task A_reset_before_the_hello_is_told()
    {
        await using var harness = NewHarness();
        var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Receive(1000, harness);
        LinkHarness.Reset(client);
        Assert.Equal(ReceiveStatus.Broken, await harness.NextReceived());
    }

    [Theory]
    [InlineData(CloseMode.Close)]
    [InlineData(CloseMode.Reset)]
    [InlineData(CloseMode.SilentDrop)]
    [InlineData(CloseMode.Alert)]
    public async Task Closing_while_receiving_tells_the_receiver_and_the_end_once(CloseMode mode)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Receive(1000, harness);
        link.Close(CloseReason.Killed, mode);
        link.Close(CloseReason.Internal, CloseMode.Reset);
        Assert.Equal(ReceiveStatus.Closed, await harness.NextReceived());
        Assert.Equal("ended: Killed", await harness.NextEvent());
        await harness.NothingOpen();
        Assert.False(harness.HasEvent);
    }

    [Fact]
    public async Task Preface_and_first_bytes_arrive_in_order()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        await client.SendAsync(new byte[] { 7, 8, 9 });
        var link = await harness.NextLink();
        while (link.Received.Length < 3)
            await harness.Receive(link);
        link.Connect(harness.Plan(), [1, 2, 3, 4]);
        using var server = await harness.AcceptAtServer();
        Assert.Equal([1, 2, 3, 4, 7, 8, 9], await LinkHarness.ReadExactly(server, 7));
        Assert.Equal("joined", await harness.NextEvent());
        Assert.Equal(3, link.Counters.BytesUp);
    }

    [Fact]
    public async Task A_refused_server_leaves_the_link_free_for_another()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        await client.SendAsync(new byte[] { 7 });
        var link = await harness.NextLink();
        await harness.Receive(link);
        using (var closed = LinkHarness.NewClient())
        {
            closed.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            link.Connect(harness.Plan(server: (System.Net.IPEndPoint)closed.LocalEndPoint!), []);
            Assert.Equal("not connected: ConnectRefused", await harness.NextEvent());
        }
        link.Connect(harness.Plan(), []);
        using var server = await harness.AcceptAtServer();
        Assert.Equal("joined", await harness.NextEvent());
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
    }

    [Fact]
    public async Task Probe_tells_a_server_that_accepts_from_one_that_refuses()
    {
        await using var harness = NewHarness();
        using var probe = await Eventually.Within(harness.Transport.Probe(harness.ServerEndPoint, null, CancellationToken.None));
        using var server = await harness.AcceptAtServer();
        await probe.SendAsync(new byte[] { 1, 2 });
        Assert.Equal([1, 2], await LinkHarness.ReadExactly(server, 2));
        using var closed = LinkHarness.NewClient();
        closed.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var refused = await Assert.ThrowsAsync<SocketException>(
            () => Eventually.Within(harness.Transport.Probe((System.Net.IPEndPoint)closed.LocalEndPoint!, null, CancellationToken.None)));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [LinuxFact]
    public async Task A_server_may_be_dialled_and_probed_from_a_given_address()
    {
        await using var harness = NewHarness();
        var source = System.Net.IPAddress.Parse("127.0.0.77");
        using var client = await harness.Dial();
        await client.SendAsync(new byte[] { 7 });
        var link = await harness.NextLink();
        await harness.Receive(link);
        link.Connect(harness.Plan() with { Source = source }, []);
        using var server = await harness.AcceptAtServer();
        Assert.Equal(source, ((System.Net.IPEndPoint)server.RemoteEndPoint!).Address);
        Assert.Equal("joined", await harness.NextEvent());
        using var probe = await Eventually.Within(harness.Transport.Probe(harness.ServerEndPoint, source, CancellationToken.None));
        using var probed = await harness.AcceptAtServer();
        Assert.Equal(source, ((System.Net.IPEndPoint)probed.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task A_source_address_that_is_not_ours_is_a_failure_of_this_machine()
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        await client.SendAsync(new byte[] { 7 });
        var link = await harness.NextLink();
        await harness.Receive(link);
        var elsewhere = System.Net.IPAddress.Parse("192.0.2.1");
        link.Connect(harness.Plan() with { Source = elsewhere }, []);
        Assert.Equal("not connected: LocalResource", await harness.NextEvent());
        await Assert.ThrowsAsync<SocketException>(
            () => Eventually.Within(harness.Transport.Probe(harness.ServerEndPoint, elsewhere, CancellationToken.None)));
    }

    [Fact]
    public async Task A_disposed_listener_accepts_no_more_and_its_links_live_on()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        harness.Listener.Dispose();
        using var late = LinkHarness.NewClient();
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(harness.Listener.EndPoint));
        await client.SendAsync(new byte[] { 4 });
        Assert.Equal([4], await LinkHarness.ReadExactly(server, 1));
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }
}
