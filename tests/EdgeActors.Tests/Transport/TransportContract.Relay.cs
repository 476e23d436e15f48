using System.Net.Sockets;
using System.Security.Cryptography;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Joined: bytes, half-closes, resets, backpressure, idle time.</summary>
public abstract partial class TransportContract
{
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
    public async Task Fins_behind_ten_megabytes_in_flight_each_way_lose_none()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        var (up, down) = (RandomNumberGenerator.GetBytes(10_000_000), RandomNumberGenerator.GetBytes(10_000_000));
        async Task Send(Socket from, byte[] bytes)
        {
            await from.SendAsync(bytes);
            from.Shutdown(SocketShutdown.Send);
        }
        var sending = Task.WhenAll(Task.Run(() => Send(client, up)), Task.Run(() => Send(server, down)));
        async Task Receive(Socket to, byte[] bytes)
        {
            Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await LinkHarness.ReadExactly(to, bytes.Length)));
            Assert.Equal(0, await LinkHarness.ReadOnce(to));
        }
        // One after the other: meanwhile the other way stands still, full up to its sender.
        await Receive(server, up);
        await Receive(client, down);
        await Eventually.Within(sending);
        Assert.Equal("ended: Finished", await harness.NextEvent());
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
        Assert.Equal("ended: ServerReset", await harness.NextEvent());
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
        Assert.Equal("ended: ClientReset", await harness.NextEvent());
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
        var (client, server, _) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromMilliseconds(400)));
        Assert.Equal("ended: TunnelTimeout", await harness.NextEvent());
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal(0, await LinkHarness.ReadOnce(server));
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_tunnel_that_is_stuck_in_a_side_that_does_not_read_ends()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromMilliseconds(400)));
        var sending = server.SendAsync(new byte[64_000_000]);
        Assert.Equal("ended: TunnelTimeout", await harness.NextEvent());
        await harness.NothingOpen();
        await Assert.ThrowsAsync<SocketException>(() => Eventually.Within(sending));
        client.Dispose();
        server.Dispose();
    }

    [Theory]
    [InlineData(true, "ended: ServerTimeout")]
    [InlineData(false, "ended: ClientTimeout")]
    public async Task Half_a_connection_has_a_limit_of_its_own_from_the_fin_on(bool clientFinishes, string expected)
    {
        await using var harness = NewHarness();
        var limit = TimeSpan.FromMilliseconds(400);
        var (client, server, _) = await harness.Joined(
            timeouts: new RelayTimeouts(TimeSpan.FromMinutes(5), ClientFin: limit, ServerFin: limit));
        var (finishes, other) = clientFinishes ? (client, server) : (server, client);
        finishes.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await LinkHarness.ReadOnce(other));
        Assert.Equal(expected, await harness.NextEvent());
        Assert.Equal(0, await LinkHarness.ReadOnce(finishes));
        client.Dispose();
        server.Dispose();
        await harness.NothingOpen();
    }

    [Fact]
    public async Task Without_a_limit_silence_may_last_and_with_one_of_a_side_it_is_that_sides_fault()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined(timeouts: new RelayTimeouts(null));
        var (other, otherServer, _) = await harness.Joined(timeouts: new RelayTimeouts(null, Client: TimeSpan.FromMilliseconds(400)));
        Assert.Equal("ended: ClientTimeout", await harness.NextEvent());
        Assert.Equal(CloseReason.None, link.Reason);
        foreach (var socket in new[] { client, server, other, otherServer })
            socket.Dispose();
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_tunnel_that_talks_one_way_only_does_not_time_out()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromSeconds(2)));
        for (var i = 0; i < 30; i++)
        {
            await server.SendAsync(new byte[] { 1 });
            await LinkHarness.ReadExactly(client, 1);
            await Task.Delay(100);
        }
        Assert.Equal(CloseReason.None, link.Reason);
        client.Dispose();
        server.Dispose();
    }

    private static bool StandsStill(Func<long> value)
    {
        var before = value();
        Thread.Sleep(50);
        return value() == before;
    }
}
