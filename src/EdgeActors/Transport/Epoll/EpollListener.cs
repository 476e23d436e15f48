using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport.Epoll;

/// <summary>One address: one SO_REUSEPORT socket per reactor, so that the kernel distributes clients and no reactor hands one
/// over.</summary>
internal sealed class EpollListener : IListenSocket
{
    private readonly EpollTransport _transport;
    private readonly EpollAcceptor[] _acceptors;
    private volatile IAcceptHandler _handler;
    private int _disposed;

    public EpollListener(EpollTransport transport, ListenOptions options, IAcceptHandler handler)
    {
        _transport = transport;
        _handler = handler;
        var reactors = transport.Reactors;
        EndPoint = options.EndPoint;
        if (options.Inherited.Count > 0)
        {
            _acceptors = Adopt(options);
            foreach (var acceptor in _acceptors)
                acceptor.Start();
            return;
        }
        _acceptors = new EpollAcceptor[reactors.Count];
        try
        {
            for (var i = 0; i < _acceptors.Length; i++)
            {
                // SO_REUSEPORT hides another listener on the port, so a temporary socket without it checks first.
                if (i == 0 && _acceptors.Length > 1 && options.EndPoint.Port != 0 && !options.Overlaps)
                    EpollAcceptor.Open(options, reusePort: false, deferAccept: false, cpu: null).Close();
                var shares = options.Overlaps || _acceptors.Length > 1;
                var socket = EpollAcceptor.Open(
                    options with { EndPoint = EndPoint }, shares, transport.Options.DeferAccept, reactors[i].Cpu);
                if (i == 0)
                    EndPoint = socket.Address;
                _acceptors[i] = new EpollAcceptor(transport, reactors[i], socket, this, options.Backlog);
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

    public IAcceptHandler Handler
    {
        get => _handler;
        set => _handler = value;
    }

    public IReadOnlyList<SafeFileHandle> Duplicate() => [.. _acceptors.Select(static acceptor => acceptor.Duplicate())];

    /// <summary>Every inherited socket needs an acceptor, since the kernel assigns clients to each of the group, and every reactor a
    /// socket. With more sockets than reactors a reactor has several; otherwise reactors share one.</summary>
    private EpollAcceptor[] Adopt(ListenOptions options)
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
            acceptors[i] = new EpollAcceptor(_transport, reactor, socket, this, options.Backlog);
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

/// <summary>A bound, listening, non-blocking descriptor and its address.</summary>
internal readonly record struct ListenSocket(int Fd, IPEndPoint Address)
{
    public void Close() => _ = Native.Close(Fd);
}
