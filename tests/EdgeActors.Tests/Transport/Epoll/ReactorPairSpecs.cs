using System.Net;
using System.Net.Sockets;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport.Epoll;

/// <summary>Two reactors behind one port.</summary>
public sealed class ReactorPairSpecs
{
    private static LinkHarness NewHarness(bool deferAccept = false) => new((gate, time) => new EpollTransport(
        new EpollTransportOptions(
            Reactors: 2, Pin: true, PipeSize: 1 << 16, MaxPipes: 64, deferAccept, SilentHold: TimeSpan.FromMilliseconds(100), SilentHoldMax: 8),
        gate,
        time));

    [LinuxTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_are_joined_whichever_reactor_has_them(bool deferAccept)
    {
        await using var harness = NewHarness(deferAccept);
        for (var i = 0; i < 50; i++)
        {
            var (client, server, _) = await harness.Joined();
            await client.SendAsync(new byte[] { 1, 2 });
            Assert.Equal([1, 2], await LinkHarness.ReadExactly(server, 2));
            await server.SendAsync(new byte[] { 3 });
            Assert.Equal([3], await LinkHarness.ReadExactly(client, 1));
            client.Dispose();
            server.Dispose();
            Assert.Equal("ended: Finished", await harness.NextEvent());
        }
        await harness.NothingOpen();
    }

    [LinuxFact]
    public async Task A_deferred_client_is_accepted_with_its_first_bytes()
    {
        await using var harness = NewHarness(deferAccept: true);
        using var client = await harness.Dial();
        await client.SendAsync(new byte[] { 1, 2, 3 });
        var link = await harness.NextLink();
        Assert.Equal(ReceiveStatus.Data, await harness.Receive(link));
        Assert.Equal([1, 2, 3], link.Received.ToArray());
    }

    [LinuxFact]
    public async Task A_port_that_another_program_shares_out_is_refused_all_the_same()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SOL_SOCKET, SO_REUSEPORT
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        await using var harness = NewHarness();
        var e = Assert.Throws<SocketException>(
            () => harness.Transport.Listen(new ListenOptions((IPEndPoint)other.LocalEndPoint!), harness));
        Assert.Equal(SocketError.AddressAlreadyInUse, e.SocketErrorCode);
    }
}
