using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport.Epoll;
using EdgeActors.Transport.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>Sockets and threads. All implementations share one contract (the specs in <c>tests/EdgeActors.Tests/Transport</c>). A
/// connection stays on one thread context from accept to close; actors use it through <see cref="Link"/> and handlers.</summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Short name for logs and <c>edge --version</c>, e.g. <c>sockets</c>.</summary>
    string Name { get; }

    /// <exception cref="SocketException">The address cannot be bound (EADDRINUSE, EACCES, EADDRNOTAVAIL ...).</exception>
    IListenSocket Listen(ListenOptions options, IAcceptHandler handler);

    /// <summary>Connects for a health check; the caller owns the socket. Portable code in every transport, since it is rare.</summary>
    /// <param name="source">The source address, of the server's family; null: the system chooses.</param>
    /// <exception cref="SocketException">The connect failed on the server's side or this machine's.</exception>
    /// <exception cref="OperationCanceledException">Timeout.</exception>
    Task<Socket> Probe(EndPoint server, IPAddress? source, CancellationToken cancel) => SocketCalls.Connect(server, source, cancel);

    /// <summary>Completes when each of the transport's threads has responded; never if one hangs.</summary>
    Task Echo() => Task.CompletedTask;

    /// <summary>Connections copied because splice(2) failed. 0 without splicing.</summary>
    long SpliceFallbacks => 0;

    /// <summary>How often bytes were copied for lack of a pipe. 0 without splicing.</summary>
    long PipeShortages => 0;

    /// <summary>Open pipes, idle ones included. 0 without splicing.</summary>
    int PipesOpen => 0;

    /// <summary>Kernel memory of each connection that has carried bulk data or has unsent bytes.</summary>
    Task<IReadOnlyList<PinnedLink>> Pinned() => Task.FromResult<IReadOnlyList<PinnedLink>>([]);

    /// <summary>Silently dropped clients whose sockets are held.</summary>
    int SilentHeld => 0;

    /// <summary>Silently dropped clients whose sockets were evicted early.</summary>
    long SilentEvicted => 0;

    /// <summary>Continues a joined link of another process, at rest until <see cref="Link.Thaw"/>. The link owns the descriptors.</summary>
    Link Adopt(LinkHandover link) => throw new NotSupportedException();

    /// <summary>Removes silently dropped clients; the caller owns their descriptors and passes them to <see cref="Hold"/> of this or
    /// another process.</summary>
    Task<IReadOnlyList<DropHandover>> TakeDrops(int max) => Task.FromResult<IReadOnlyList<DropHandover>>([]);

    /// <summary>Holds a client that was dropped silently elsewhere.</summary>
    void Hold(DropHandover drop) => throw new NotSupportedException();

    /// <summary>Links that own a socket, held silent drops included. Zero at rest; otherwise there is a leak.</summary>
    int OpenLinks { get; }
}

/// <param name="Bytes">Kernel memory of its sockets and pipes.</param>
/// <param name="Moved">Relayed and acknowledged by the receivers: a slow one makes room in a send buffer seldom, and much at once.</param>
public readonly record struct PinnedLink(Link Link, long Bytes, long Moved);

/// <param name="EndPoint">Port 0: the kernel chooses.</param>
/// <param name="DualMode">An IPv6 wildcard that also accepts IPv4.</param>
/// <param name="Backlog">Requested accept queue length (capped by <c>net.core.somaxconn</c>).</param>
public sealed record ListenOptions(IPEndPoint EndPoint, bool DualMode = false, int Backlog = 4096)
{
    /// <summary>Listening sockets of the previous process, used in place of a bind. The handles are empty afterwards.</summary>
    public IReadOnlyList<SafeFileHandle> Inherited { get; init; } = [];

    /// <summary>Sockets of this process listen on an overlapping address. <see cref="SharedSockets.ShareAddress"/> was called for
    /// them.</summary>
    public bool Overlaps { get; init; }
}

/// <summary>A bound socket that accepts until paused or disposed. Dispose first accepts the clients in its queue, because close(2) resets
/// them. Accepted links are independent of it.</summary>
public interface IListenSocket : IDisposable
{
    /// <summary>The bound address, with the kernel's port if 0 was requested.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Receives clients that are accepted from now on.</summary>
    IAcceptHandler Handler { set; }

    /// <summary>Continues after <see cref="IAcceptHandler.AcceptFailed"/> returned <c>false</c>.</summary>
    void Resume();

    /// <summary>Duplicates the sockets for another process; close each with <see cref="SharedSockets.Release"/>. Not during
    /// disposal.</summary>
    IReadOnlyList<SafeFileHandle> Duplicate() => [];
}

/// <summary>Called on the transport's thread; must not block or throw.</summary>
public interface IAcceptHandler
{
    void Accepted(Link link);

    /// <summary>Before <see cref="Accepted"/>: closes the link of a client that gets no answer, instead of that call.</summary>
    /// <returns>Whether it did.</returns>
    bool Refuse(Link link) => false;

    /// <summary>An accept failed. <c>true</c>: continue; <c>false</c>: pause until <see cref="IListenSocket.Resume"/>.</summary>
    bool AcceptFailed(SocketError error);
}

/// <summary>Selects the transport.</summary>
public static class Transports
{
    /// <summary>The configured transport, or the best of this system.</summary>
    /// <exception cref="PlatformNotSupportedException">The configured transport is not available here.</exception>
    public static ITransport Create(EdgeSettings settings, AcceptGate gate, TimeProvider time, KeeperChannel? keeper = null)
    {
        var transport = settings.Transport;
        if (transport.Kind == TransportKind.Epoll && !EpollTransport.IsSupported)
            throw new PlatformNotSupportedException("edge.transport.kind = epoll needs Linux; auto or sockets run here");
        var drop = settings.SilentDrop;
        var held = drop.Max ?? SilentDropSettings.AutoLeast;
        if (!IsEpoll(transport))
        {
            var options = new SocketTransportOptions(transport.BufferSize, drop.Hold, held) { Buffers = settings.Limits.Buffers };
            return new SocketTransport(options, gate, time);
        }
        var reactors = Reactors(transport);
        return new EpollTransport(
            new EpollTransportOptions(
                reactors,
                Pin: transport.PinReactors && reactors > 1 && reactors == Environment.ProcessorCount,
                transport.PipeSize,
                transport.MaxPipes,
                transport.DeferAccept,
                drop.Hold,
                held)
            {
                Buffers = settings.Limits.Buffers,
                Keeper = keeper,
            },
            gate,
            time);
    }

    /// <summary>True if these settings select the Linux transport.</summary>
    public static bool IsEpoll(TransportSettings transport) => transport.Kind != TransportKind.Sockets && EpollTransport.IsSupported;

    /// <summary>.NET counts only CPUs available to this process, within its cgroup limit.</summary>
    public static int Reactors(TransportSettings transport) => transport.Reactors ?? Environment.ProcessorCount;
}
