using EdgeActors.Settings;
using EdgeActors.Transport.Epoll;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Transport;

/// <summary>Which transport a node runs on.</summary>
public static class Transports
{
    /// <summary>The one that the settings name, or the best of this system.</summary>
    /// <exception cref="PlatformNotSupportedException">The settings name one that this system has not.</exception>
    public static ITransport Create(EdgeSettings settings, AcceptGate gate, TimeProvider time)
    {
        var transport = settings.Transport;
        if (transport.Kind == TransportKind.Epoll && !EpollTransport.IsSupported)
            throw new PlatformNotSupportedException("edge.transport.kind = epoll needs Linux; auto or sockets run here");
        var drop = settings.SilentDrop;
        if (!IsEpoll(transport))
            return new SocketTransport(new SocketTransportOptions(transport.BufferSize, drop.Hold, drop.Max), gate, time);
        var reactors = Reactors(transport);
        return new EpollTransport(
            new EpollTransportOptions(
                reactors,
                Pin: transport.PinReactors && reactors > 1 && reactors == Environment.ProcessorCount,
                transport.PipeSize,
                transport.MaxPipes,
                transport.DeferAccept,
                drop.Hold,
                drop.Max),
            gate,
            time);
    }

    /// <summary>Whether these settings lead to the transport of Linux here.</summary>
    public static bool IsEpoll(TransportSettings transport) => transport.Kind != TransportKind.Sockets && EpollTransport.IsSupported;

    /// <summary>.NET's count of processors is that of the CPUs that this process may use, its cgroup's limit included.</summary>
    public static int Reactors(TransportSettings transport) => transport.Reactors ?? Environment.ProcessorCount;
}
