using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Joined connections that Edge ends: a truncated stream ends with a reset, a complete one with a FIN.</summary>
public abstract partial class TransportContract
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_truncated_by_the_idle_timeout_ends_with_a_reset(bool up)
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined(timeouts: new RelayTimeouts(TimeSpan.FromMilliseconds(400)));
        var (from, to) = up ? (client, server) : (server, client);
        var sending = from.SendAsync(new byte[64_000_000]);
        Assert.Equal("ended: TunnelTimeout", await harness.NextEvent());
        Assert.Equal(SocketError.ConnectionReset, await EndOf(to));
        await Assert.ThrowsAsync<SocketException>(() => Eventually.Within(sending));
        await harness.NothingOpen();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_truncated_by_a_drain_ends_with_a_reset(bool up)
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        var (from, to) = up ? (client, server) : (server, client);
        var sending = from.SendAsync(new byte[64_000_000]);
        long Moved() => up ? link.Counters.BytesUp : link.Counters.BytesDown;
        await Eventually.True(() => StandsStill(Moved), "the receiver's window is closed");
        link.Close(CloseReason.Drained, CloseMode.Close);
        Assert.Equal(SocketError.ConnectionReset, await EndOf(to));
        await Assert.ThrowsAsync<SocketException>(() => Eventually.Within(sending));
        await harness.NothingOpen();
    }

    [LinuxFact]
    public async Task Bytes_in_the_kernel_alone_make_a_truncated_stream()
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        client.ReceiveBufferSize = 4096;
        var sent = 0;
        long Unsent() => KernelConnection.At(client.RemoteEndPoint, client.LocalEndPoint)!.Unsent;
        // Until the client's window is closed, while Edge holds no bytes. An acknowledgement may be delayed by 200 ms.
        await Eventually.True(
            () =>
            {
                if (link.Counters.BytesDown < sent)
                    return false;
                if (Unsent() > 0 && Enumerable.Range(0, 5).All(_ => StandsStill(Unsent)) && Unsent() > 0)
                    return true;
                server.Send(new byte[4096]);
                sent += 4096;
                return false;
            },
            "the client's window is closed");
        link.Close(CloseReason.Drained, CloseMode.Close);
        Assert.Equal(SocketError.ConnectionReset, await EndOf(client));
        // The other direction is complete.
        Assert.Equal(SocketError.Success, await EndOf(server));
        await harness.NothingOpen();
    }

    [LinuxTheory]
    [InlineData(CloseReason.Drained)]
    [InlineData(CloseReason.TunnelTimeout)]
    public async Task An_idle_connection_that_Edge_ends_ends_with_a_fin(CloseReason reason)
    {
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        await server.SendAsync(new byte[] { 5, 6 });
        Assert.Equal([5, 6], await LinkHarness.ReadExactly(client, 2));
        await Eventually.True(() => KernelConnection.At(client.RemoteEndPoint, client.LocalEndPoint)!.Unsent == 0, "acknowledged");
        link.Close(reason, CloseMode.Close);
        Assert.Equal(SocketError.Success, await EndOf(client));
        Assert.Equal(SocketError.Success, await EndOf(server));
        await harness.NothingOpen();
    }

    [Fact]
    public async Task A_finished_direction_is_complete_even_with_a_slow_reader()
    {
        const int Sent = 64 * 1024;
        await using var harness = NewHarness();
        var (client, server, link) = await harness.Joined();
        client.ReceiveBufferSize = 4096;
        await server.SendAsync(new byte[Sent]);
        server.Shutdown(SocketShutdown.Send);
        await Eventually.True(() => link.Counters.DownFinished, "the FIN is passed on");
        link.Close(CloseReason.Drained, CloseMode.Close);
        await LinkHarness.ReadExactly(client, Sent);
        Assert.Equal(SocketError.Success, await EndOf(client));
        await harness.NothingOpen();
    }

    /// <returns><see cref="SocketError.Success"/> for a FIN, after all bytes before it.</returns>
    private static async Task<SocketError> EndOf(Socket socket)
    {
        try
        {
            while (await LinkHarness.ReadOnce(socket) > 0)
            {
            }
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
