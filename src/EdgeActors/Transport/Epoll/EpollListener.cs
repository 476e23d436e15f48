using System.Net;
using System.Net.Sockets;

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
        _acceptors = new EpollAcceptor[reactors.Count];
        EndPoint = options.EndPoint;
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

    public IPEndPoint EndPoint { get; }

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
