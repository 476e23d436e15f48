using System.Net;
using System.Net.Sockets;
using EdgeActors.Settings;
using EdgeActors.Transport.Epoll;
using EdgeActors.Transport.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>
/// Everything below the actors: sockets, threads, bytes. One implementation per way of moving bytes; all of them keep one contract
/// (the specs in <c>tests/EdgeActors.Tests/Transport</c> run against each). A connection lives on one thread context of the
/// transport from accept to close; actors talk to it through <see cref="Link"/> and are answered through small handlers.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Short name for logs and <c>edge --version</c>, such as <c>sockets</c>.</summary>
    string Name { get; }

    /// <summary>Binds, listens and starts to accept.</summary>
    /// <exception cref="SocketException">The address cannot be bound (EADDRINUSE, EACCES, EADDRNOTAVAIL ...).</exception>
    IListenSocket Listen(ListenOptions options, IAcceptHandler handler);

    /// <summary>Connects to a server for a health check, which goes on with the socket and disposes of it. Rare enough that every
    /// transport does it in the one portable way.</summary>
    /// <param name="source">Where to connect from, of the server's family; null: the system chooses.</param>
    /// <exception cref="SocketException">The server did not take the connection, or this machine could not dial.</exception>
    /// <exception cref="OperationCanceledException">Not in time.</exception>
    Task<Socket> Probe(IPEndPoint server, IPAddress? source, CancellationToken cancel) => SocketCalls.Connect(server, source, cancel);

    /// <summary>Ends when each thread of its own has found time for it. One that hangs never does.</summary>
    Task Echo() => Task.CompletedTask;

    /// <summary>Connections that were copied because splice(2) could not carry them. 0 where nothing is spliced.</summary>
    long SpliceFallbacks => 0;

    /// <summary>How often bytes were copied because no pipe was to be had. 0 where nothing is spliced.</summary>
    long PipeShortages => 0;

    /// <summary>Pipes that are open, idle ones included. 0 where nothing is spliced.</summary>
    int PipesOpen => 0;

    /// <summary>Silently dropped clients whose sockets are held now.</summary>
    int SilentHeld => 0;

    /// <summary>Silently dropped clients whose sockets were let go before their time, to make room for others.</summary>
    long SilentEvicted => 0;

    /// <summary>Links that still own a socket, silent drops on hold included. Zero when nothing leaks and nothing runs.</summary>
    int OpenLinks { get; }
}

/// <param name="EndPoint">Address and port; port 0 lets the kernel choose.</param>
/// <param name="DualMode">An IPv6 wildcard that takes IPv4 as well.</param>
/// <param name="Backlog">Length of the accept queue asked of the kernel (capped by <c>net.core.somaxconn</c>).</param>
public sealed record ListenOptions(IPEndPoint EndPoint, bool DualMode = false, int Backlog = 4096)
{
    /// <summary>Sockets that listen on this address already, of the process before this one: they are gone on with, and nothing is bound.
    /// The
    /// handles are empty afterwards.</summary>
    public IReadOnlyList<SafeFileHandle> Inherited { get; init; } = [];
}

/// <summary>A bound socket that accepts until it is paused or disposed. Links it accepted live on without it.</summary>
public interface IListenSocket : IDisposable
{
    /// <summary>What was really bound, with the kernel's port where 0 was asked for.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Goes on after <see cref="IAcceptHandler.AcceptFailed"/> answered <c>false</c>.</summary>
    void Resume();

    /// <summary>Its sockets once more, for another process to go on with; each is to be closed by <see cref="SharedSockets.Release"/>. Not
    /// while it is
    /// being disposed of.</summary>
    IReadOnlyList<SafeFileHandle> Duplicate() => [];
}

/// <summary>Told on the transport's thread; must neither block nor throw.</summary>
public interface IAcceptHandler
{
    void Accepted(Link link);

    /// <summary>An accept failed. <c>true</c>: go on at once; <c>false</c>: stay paused until <see cref="IListenSocket.Resume"/>.</summary>
    bool AcceptFailed(SocketError error);
}

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
