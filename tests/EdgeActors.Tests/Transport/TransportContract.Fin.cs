using System.Net.Sockets;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Transport;

/// <summary>Bytes and a FIN that come at once, in one segment where it is TCP.</summary>
public abstract partial class TransportContract
{
    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_with_a_fin_pass_and_the_other_side_may_go_on(bool up)
    {
        await using var harness = NewHarness();
        foreach (var length in new[] { 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1 })
        {
            var (client, server, _) = await harness.Joined();
            var (from, to) = up ? (client, server) : (server, client);
            var bytes = Enumerable.Range(0, length).Select(static i => (byte)i).ToArray();
            await SendWithFin(from, bytes);
            Assert.Equal(bytes, await LinkHarness.ReadExactly(to, length));
            Assert.Equal(0, await LinkHarness.ReadOnce(to));
            await SendWithFin(to, bytes);
            Assert.Equal(bytes, await LinkHarness.ReadExactly(from, length));
            Assert.Equal(0, await LinkHarness.ReadOnce(from));
            Assert.Equal("ended: Finished", await harness.NextEvent());
            client.Dispose();
            server.Dispose();
        }
        await harness.NothingOpen();
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_between_an_urgent_byte_and_a_fin_pass(bool up)
    {
        await using var harness = NewHarness();
        for (var i = 0; i < UrgentRounds; i++)
        {
            var (client, server, _) = await harness.Joined();
            var (from, to) = up ? (client, server) : (server, client);
            Cork(from);
            await SendWithUrgent(from, "abc"u8.ToArray(), "defgh"u8.ToArray());
            from.Shutdown(SocketShutdown.Send);
            Assert.Equal("abcdefgh"u8.ToArray(), await LinkHarness.ReadExactly(to, 8));
            Assert.Equal(0, await LinkHarness.ReadOnce(to));
            client.Dispose();
            server.Dispose();
            Assert.Equal("ended: Finished", await harness.NextEvent());
        }
    }

    [LinuxTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reset_behind_bytes_is_no_fin(bool up)
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        var (from, to) = up ? (client, server) : (server, client);
        await from.SendAsync("abc"u8.ToArray());
        LinkHarness.Reset(from);
        Assert.Equal(up ? "ended: ClientReset" : "ended: ServerReset", await harness.NextEvent());
        Assert.Equal("abc"u8.ToArray(), await LinkHarness.ReadExactly(to, 3));
        await LinkHarness.SendInVain(to);
        await harness.NothingOpen();
        to.Dispose();
    }

    /// <summary>A read from a Unix socket ends at descriptors, which are not passed on.</summary>
    [LinuxFact]
    public async Task Bytes_behind_descriptors_of_a_unix_socket_pass()
    {
        await using var harness = NewHarness();
        using var at = new UnixServer().Listen();
        // The FIN must come before the first bytes are read, so several connections are tried.
        for (var i = 0; i < UrgentRounds; i++)
        {
            using var client = await harness.Dial();
            var link = await Peeked(harness, client, [7]);
            link.Connect(harness.Plan(server: at.EndPoint), []);
            using var server = await at.Accept();
            Assert.Equal("joined", await harness.NextEvent());
            SharedSockets.Send(server, "ab"u8, (int)server.Handle);
            SharedSockets.Send(server, "cd"u8, (int)server.Handle);
            SharedSockets.Send(server, "ef"u8);
            server.Shutdown(SocketShutdown.Send);
            Assert.Equal("abcdef"u8.ToArray(), await LinkHarness.ReadExactly(client, 6));
            Assert.Equal(0, await LinkHarness.ReadOnce(client));
            client.Dispose();
            Assert.Equal("ended: Finished", await harness.NextEvent());
        }
    }

    protected static async Task SendWithFin(Socket socket, byte[] bytes)
    {
        Cork(socket);
        await socket.SendAsync(bytes);
        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Until the FIN, so that one segment has both.</summary>
    private static void Cork(Socket socket)
    {
        const int TcpCork = 3;
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpCork, BitConverter.GetBytes(1));
    }
}
