using System.Net;
using System.Net.Sockets;
using EdgeActors.Transport;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Tests.Transport;

public sealed class SocketTransportSpecs : TransportContract
{
    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld) =>
        new SocketTransport(new SocketTransportOptions(16 * 1024, hold, maxHeld) { Buffers = Bounds }, gate, time);

    [Fact]
    public async Task A_reset_breaks_a_connection_that_is_not_read_and_an_urgent_byte_does_not()
    {
        using var listener = LinkHarness.NewClient();
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = LinkHarness.NewClient();
        await client.ConnectAsync(listener.LocalEndPoint!);
        using var accepted = await listener.AcceptAsync();
        await client.SendAsync(new byte[1], SocketFlags.OutOfBand);
        await Eventually.True(() => accepted.Poll(0, SelectMode.SelectError), "the urgent byte has come");
        Assert.False(SocketCalls.IsBroken(accepted));
        LinkHarness.Reset(client);
        await Eventually.True(() => SocketCalls.IsBroken(accepted), "it is reset");
    }
}
