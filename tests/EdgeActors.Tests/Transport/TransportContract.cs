using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>What every transport does. A suite a transport inherits from it.</summary>
public abstract class TransportContract
{
    protected abstract ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld);

    private LinkHarness NewHarness(int maxConnections = 1000, TimeSpan? hold = null, int maxHeld = 8) =>
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
        await client.SendAsync(new byte[100]);
        ReceiveStatus status;
        while ((status = await harness.Receive(link, 64)) == ReceiveStatus.Data)
            Assert.True(link.Received.Length < 64);
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
    [InlineData(CloseManner.Close)]
    [InlineData(CloseManner.Reset)]
    [InlineData(CloseManner.SilentDrop)]
    public async Task Closing_while_receiving_tells_the_receiver_and_the_end_once(CloseManner manner)
    {
        await using var harness = NewHarness();
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Receive(1000, harness);
        link.Close(LinkCause.Decided, manner);
        link.Close(LinkCause.Internal, CloseManner.Reset);
        Assert.Equal(ReceiveStatus.Closed, await harness.NextReceived());
        Assert.Equal("ended: Decided", await harness.NextEvent());
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
            Assert.Equal("not connected: Refused", await harness.NextEvent());
        }
        link.Connect(harness.Plan(), []);
        using var server = await harness.AcceptAtServer();
        Assert.Equal("joined", await harness.NextEvent());
        Assert.Equal([7], await LinkHarness.ReadExactly(server, 1));
    }

    [Fact]
    public async Task Bytes_pass_both_ways_whole_and_are_counted()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        var up = RandomNumberGenerator.GetBytes(3_000_000);
        var down = RandomNumberGenerator.GetBytes(2_000_000);
        var sends = Task.WhenAll(client.SendAsync(up), server.SendAsync(down));
        Assert.Equal(up, await LinkHarness.ReadExactly(server, up.Length));
        Assert.Equal(down, await LinkHarness.ReadExactly(client, down.Length));
        await Eventually.Within(sends);
        await Eventually.True(() => link.Counters.BytesUp == up.Length + 3 && link.Counters.BytesDown == down.Length, "all bytes counted");
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_clients_fin_passes_on_and_the_server_may_go_on()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        await server.SendAsync(new byte[] { 5, 6 });
        Assert.Equal([5, 6], await LinkHarness.ReadExactly(client, 2));
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal("ended: Finished", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_servers_fin_passes_on_and_the_client_may_go_on()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        server.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        await client.SendAsync(new byte[] { 5, 6 });
        Assert.Equal([5, 6], await LinkHarness.ReadExactly(server, 2));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        Assert.Equal("ended: Finished", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fin_behind_ten_megabytes_in_flight_loses_none(bool up)
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        var (from, to) = up ? (client, server) : (server, client);
        var sent = RandomNumberGenerator.GetBytes(10_000_000);
        var sending = Task.Run(async () =>
        {
            await from.SendAsync(sent);
            from.Shutdown(SocketShutdown.Send);
        });
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(await LinkHarness.ReadExactly(to, sent.Length)));
        Assert.Equal(0, await LinkHarness.ReadOnce(to));
        await Eventually.Within(sending);
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_servers_reset_reaches_the_client_as_a_reset()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        LinkHarness.Reset(server);
        var e = await Assert.ThrowsAsync<SocketException>(() => LinkHarness.ReadOnce(client));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.Equal("ended: ServerBroken", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_clients_reset_reaches_the_server_as_a_reset()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        LinkHarness.Reset(client);
        var e = await Assert.ThrowsAsync<SocketException>(() => LinkHarness.ReadOnce(server));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
        Assert.Equal("ended: ClientBroken", await harness.NextEvent());
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_side_that_does_not_read_stops_the_other_one()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        server.Blocking = false;
        var chunk = new byte[64 * 1024];
        long sent = 0;
        // Kernel buffers on both sides take some megabytes; a transport that queued would take everything.
        await Eventually.True(
            () =>
            {
                try
                {
                    while (true)
                        sent += server.Send(chunk);
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
                {
                    return StandsStill(() => link.Counters.BytesDown);
                }
            },
            "the sender blocked");
        Assert.InRange(sent, 1, 64_000_000);
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_tunnel_that_is_silent_for_too_long_ends()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined(tunnel: TimeSpan.FromMilliseconds(400));
        Assert.Equal("ended: TunnelTimeout", await harness.NextEvent());
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_tunnel_that_is_stuck_in_a_side_that_does_not_read_ends()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined(tunnel: TimeSpan.FromMilliseconds(400));
        var sending = server.SendAsync(new byte[64_000_000]);
        Assert.Equal("ended: TunnelTimeout", await harness.NextEvent());
        await harness.NothingOpen();
        await Assert.ThrowsAsync<SocketException>(() => Eventually.Within(sending));
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_tunnel_that_talks_one_way_only_does_not_time_out()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined(tunnel: TimeSpan.FromSeconds(2));
        for (var i = 0; i < 30; i++)
        {
            await server.SendAsync(new byte[] { 1 });
            await LinkHarness.ReadExactly(client, 1);
            await Task.Delay(100);
        }
        Assert.Equal(LinkCause.None, link.Cause);
        client.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task A_full_gate_leaves_peers_in_the_backlog_and_goes_on_when_a_slot_is_free()
    {
        await using var harness = NewHarness(maxConnections: 2);
        using var first = await harness.Dial();
        using var second = await harness.Dial();
        var link = await harness.NextLink();
        await harness.NextLink();
        using var third = await harness.Dial();
        await Eventually.True(() => harness.Gate.Pauses == 1, "accepting paused");
        Assert.False(harness.HasAccepted);
        Assert.Equal(2, harness.Gate.InUse);
        link.Close(LinkCause.Decided, CloseManner.Close);
        Assert.Equal(third.LocalEndPoint, (await harness.NextLink()).Client);
    }

    [Fact]
    public async Task A_silently_dropped_client_hears_nothing_while_it_is_held_and_is_let_go_then()
    {
        await using var harness = NewHarness(hold: TimeSpan.FromSeconds(1));
        using var client = await harness.Dial();
        var link = await harness.NextLink();
        link.Close(LinkCause.Decided, CloseManner.SilentDrop);
        Assert.Equal("ended: Decided", await harness.NextEvent());
        Assert.Equal(0, harness.Gate.InUse);
        await client.SendAsync(new byte[100]);
        Assert.False(client.Poll(300_000, SelectMode.SelectRead), "neither FIN nor RST");
        Assert.Equal(1, harness.Transport.OpenLinks);
        await harness.NothingOpen();
    }

    [Fact]
    public async Task The_oldest_silent_drop_makes_room_for_the_newest()
    {
        await using var harness = NewHarness(hold: TimeSpan.FromMinutes(5), maxHeld: 2);
        var clients = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await harness.Dial());
            (await harness.NextLink()).Close(LinkCause.Decided, CloseManner.SilentDrop);
        }
        await Eventually.True(() => harness.Transport.OpenLinks == 2, "two held");
        Assert.True(clients[0].Poll(5_000_000, SelectMode.SelectRead), "the first was let go");
        Assert.False(clients[2].Poll(50_000, SelectMode.SelectRead), "the last is held");
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Closing_while_dialling_leaves_nothing_open()
    {
        await using var harness = NewHarness();
        for (var i = 0; i < 50; i++)
        {
            using var client = await harness.Dial();
            await client.SendAsync(new byte[] { 7 });
            var link = await harness.NextLink();
            await harness.Receive(link);
            link.Connect(harness.Plan(), []);
            link.Close(LinkCause.Decided, CloseManner.Close);
            // It may have been quicker than the order to close.
            string told;
            while ((told = await harness.NextEvent()) == "joined")
            {
            }
            Assert.Equal("ended: Decided", told);
        }
        await harness.NothingOpen();
        // Where the dial had begun, the server sees a connection; it must see its end as well.
        while (harness.ServerHasClient)
        {
            using var server = await harness.AcceptAtServer();
            try
            {
                while (await LinkHarness.ReadOnce(server) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // A reset is an end, too.
            }
        }
    }

    [Fact]
    public async Task Probe_tells_a_server_that_accepts_from_one_that_refuses()
    {
        await using var harness = NewHarness();
        var probe = harness.Transport.Probe(harness.ServerEndPoint, new byte[] { 1, 2 }, TimeSpan.FromSeconds(5));
        using var server = await harness.AcceptAtServer();
        Assert.Null(await Eventually.Within(probe));
        Assert.Equal([1, 2], await LinkHarness.ReadExactly(server, 2));
        using var closed = LinkHarness.NewClient();
        closed.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        Assert.Equal(
            ConnectFailure.Refused,
            await Eventually.Within(harness.Transport.Probe((System.Net.IPEndPoint)closed.LocalEndPoint!, default, TimeSpan.FromSeconds(5))));
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
        var probe = harness.Transport.Probe(harness.ServerEndPoint, default, TimeSpan.FromSeconds(5), source);
        using var probed = await harness.AcceptAtServer();
        Assert.Equal(source, ((System.Net.IPEndPoint)probed.RemoteEndPoint!).Address);
        Assert.Null(await Eventually.Within(probe));
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
        Assert.Equal(
            ConnectFailure.LocalResource,
            await Eventually.Within(harness.Transport.Probe(harness.ServerEndPoint, default, TimeSpan.FromSeconds(5), elsewhere)));
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

    private static bool StandsStill(Func<long> value)
    {
        var before = value();
        Thread.Sleep(50);
        return value() == before;
    }
}
