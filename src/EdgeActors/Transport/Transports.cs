using EdgeActors.Config;
using EdgeActors.Transport.Sockets;

namespace EdgeActors.Transport;

/// <summary>Which transport a node runs on.</summary>
public static class Transports
{
    /// <summary>The one that the settings name, or the best of this system.</summary>
    public static ITransport Create(EdgeSettings settings, AcceptGate gate, TimeProvider time) => new SocketTransport(
        new SocketTransportOptions(settings.Transport.BufferSize, settings.SilentDrop.Hold, settings.SilentDrop.Max), gate, time);
}
