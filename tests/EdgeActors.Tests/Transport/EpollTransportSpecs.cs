using EdgeActors.Transport;
using EdgeActors.Transport.Epoll;

namespace EdgeActors.Tests.Transport;

public sealed class EpollTransportSpecs : TransportContract
{
    protected override ITransport Create(AcceptGate gate, TimeProvider time, TimeSpan hold, int maxHeld) => new EpollTransport(
        new EpollTransportOptions(Reactors: 1, Pin: false, PipeSize: 1 << 20, MaxPipes: 64, DeferAccept: false, hold, maxHeld)
        {
            Buffers = Bounds,
        },
        gate, time);
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
