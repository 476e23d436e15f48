using System.Net.Sockets;
using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport;

public sealed class EpollTransportSpecs : TransportContract
{
    /// <summary>Of tcpi_unacked and tcpi_segs_in in struct tcp_info of linux/tcp.h.</summary>
    private const int UnacknowledgedAt = 24, ReceivedAt = 140;

    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld) => new EpollTransport(
        new EpollTransportOptions(Reactors: 1, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, hold, maxHeld)
        {
            Buffers = Bounds,
        },
        gate, time);

    [LinuxFact]
    public async Task The_first_bytes_to_a_server_complete_the_handshake()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        // The SYN and the bytes.
        Assert.Equal(2u, TcpInfo(server, ReceivedAt));
        client.Dispose();
        server.Dispose();
    }

    [LinuxFact]
    public async Task Bytes_with_a_fin_leave_in_one_segment()
    {
        await using var harness = NewHarness();
        var (client, server, _) = await harness.Joined();
        // No acknowledgement of the hello is on its way.
        await Eventually.True(() => TcpInfo(client, UnacknowledgedAt) == 0, "the hello is acknowledged");
        var before = TcpInfo(client, ReceivedAt);
        await SendWithFin(server, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await LinkHarness.ReadExactly(client, 3));
        Assert.Equal(0, await LinkHarness.ReadOnce(client));
        Assert.Equal(1u, TcpInfo(client, ReceivedAt) - before);
        client.Dispose();
        server.Dispose();
    }

    private static uint TcpInfo(Socket socket, int offset)
    {
        var info = new byte[192];
        socket.GetRawSocketOption(Native.SolTcp, Native.TcpInfo, info);
        return BitConverter.ToUInt32(info, offset);
    }
}

/// <summary>Without pipes, every byte is copied; nothing else may differ.</summary>
public sealed class EpollCopyTransportSpecs : TransportContract
{
    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld) => new EpollTransport(
        new EpollTransportOptions(Reactors: 1, Pin: false, PipeSize: 1 << 20, MaxPipes: 0, DeferAccept: false, hold, maxHeld)
        {
            Buffers = Bounds,
        },
        gate, time);
}
