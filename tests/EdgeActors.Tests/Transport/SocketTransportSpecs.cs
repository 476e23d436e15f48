using EdgeActors.Transport;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Tests.Transport;

public sealed class SocketTransportSpecs : TransportContract
{
    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld) =>
        new SocketTransport(new SocketTransportOptions(16 * 1024, hold, maxHeld) { Buffers = Bounds }, gate, time);
}
