using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport.Epoll;

/// <summary>
/// One address: a listening socket on every reactor, all on the same port with SO_REUSEPORT, so that the kernel spreads the clients and no
/// reactor hands one over.
/// </summary>
internal sealed class EpollListener : IListenSocket
{
    private readonly EpollTransport _transport;
    private readonly EpollAcceptor[] _acceptors;
    private int _disposed;

    public EpollListener(EpollTransport transport, ListenOptions options, IAcceptHandler handler)
    {
        _transport = transport;
        var reactors = transport.Reactors;
        EndPoint = options.EndPoint;
        if (options.Inherited.Count > 0)
        {
            _acceptors = Adopt(options, handler);
            foreach (var acceptor in _acceptors)
                acceptor.Start();
            return;
        }
        _acceptors = new EpollAcceptor[reactors.Count];
        try
        {
            for (var i = 0; i < _acceptors.Length; i++)
            {
                // The first one without SO_REUSEPORT would find out another program that listens there; but then the others could not
                // join it. So a socket that is thrown away asks.
                if (i == 0 && _acceptors.Length > 1 && options.EndPoint.Port != 0)
                    EpollAcceptor.Open(options, reusePort: false, deferAccept: false, cpu: null).Close();
                var socket = EpollAcceptor.Open(
                    options with { EndPoint = EndPoint }, _acceptors.Length > 1, transport.Options.DeferAccept, reactors[i].Cpu);
                if (i == 0)
                    EndPoint = socket.Address;
                _acceptors[i] = new EpollAcceptor(transport, reactors[i], socket, this, handler);
            }
        }
        catch (SocketException)
        {
            foreach (var acceptor in _acceptors)
                acceptor?.Stop();
            throw;
        }
        foreach (var acceptor in _acceptors)
            acceptor.Start();
    }

    public IPEndPoint EndPoint { get; private set; }

    public IReadOnlyList<SafeFileHandle> Duplicate() => [.. _acceptors.Select(static acceptor => acceptor.Duplicate())];

    /// <summary>
    /// Every socket needs an acceptor, since the kernel goes on giving clients to each of the group, and every reactor needs a socket:
    /// where there
    /// are more of the one than of the other, reactors have several, or share one.
    /// </summary>
    private EpollAcceptor[] Adopt(ListenOptions options, IAcceptHandler handler)
    {
        var reactors = _transport.Reactors;
        var fds = options.Inherited.Select(SharedSockets.TakeNonBlocking).ToArray();
        var acceptors = new EpollAcceptor[Math.Max(fds.Length, reactors.Count)];
        for (var i = 0; i < acceptors.Length; i++)
        {
            var reactor = reactors[i % reactors.Count];
            var fd = i < fds.Length ? fds[i] : SharedSockets.TakeNonBlocking(SharedSockets.Duplicate(fds[i % fds.Length]));
            var socket = EpollAcceptor.Adopt(fd, options, _transport.Options.DeferAccept, reactor.Cpu);
            EndPoint = socket.Address;
            acceptors[i] = new EpollAcceptor(_transport, reactor, socket, this, handler);
        }
        return acceptors;
    }

    public void Resume()
    {
        foreach (var acceptor in _acceptors)
            acceptor.Resume();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (var acceptor in _acceptors)
            acceptor.Stop();
        _transport.Remove(this);
    }
}

/// <summary>A bound, listening, non-blocking descriptor and what it was bound to.</summary>
internal readonly record struct ListenSocket(int Fd, IPEndPoint Address)
{
    public void Close() => _ = Native.Close(Fd);
}
