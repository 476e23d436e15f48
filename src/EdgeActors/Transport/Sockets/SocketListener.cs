using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport.Sockets;

/// <summary>A bound socket and its accept loop, or several sockets of one address taken over from another process.</summary>
internal sealed class SocketListener : IListenSocket
{
    private readonly SocketTransport _transport;
    private readonly int _backlog;
    private readonly (Socket Socket, SemaphoreSlim Resume)[] _sockets;
    private readonly CancellationTokenSource _stop = new();
    private volatile IAcceptHandler _handler;

    public SocketListener(SocketTransport transport, ListenOptions options, IAcceptHandler handler)
    {
        _transport = transport;
        _handler = handler;
        _backlog = options.Backlog;
        Socket[] sockets = options.Inherited.Count == 0 ? [Bind(options)] : [.. options.Inherited.Select(socket => Adopt(socket, options))];
        _sockets = [.. sockets.Select(static socket => (socket, new SemaphoreSlim(0)))];
        EndPoint = (IPEndPoint)sockets[0].LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public IAcceptHandler Handler
    {
        set => _handler = value;
    }

    public IReadOnlyList<SafeFileHandle> Duplicate() =>
        SharedSockets.IsSupported ? [.. _sockets.Select(static own => SharedSockets.Duplicate(own.Socket.SafeHandle))] : [];

    public void Start()
    {
        foreach (var (socket, resume) in _sockets)
            _ = Task.Run(() => AcceptLoop(socket, resume));
    }

    public void Resume()
    {
        foreach (var (_, resume) in _sockets)
        {
            // One permit is enough, even if the loop does not wait.
            if (resume.CurrentCount == 0)
                resume.Release();
        }
    }

    public void Dispose()
    {
        // The source is not disposed: the loop may still read its token.
        _stop.Cancel();
        foreach (var (socket, _) in _sockets)
        {
            AcceptQueue(socket);
            SharedSockets.SkipDisconnectOnClose(socket);
            socket.Dispose();
        }
        _transport.Remove(this);
    }

    /// <summary>Accepts the queue before close(2), which would reset its clients. The queue holds at most backlog + 1.</summary>
    private void AcceptQueue(Socket socket)
    {
        try
        {
            socket.Blocking = false;
            for (var i = 0; i <= _backlog && !_transport.IsDisposed && _transport.Gate.IsFree; i++)
                Admit(socket.Accept());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // EAGAIN: the queue is empty.
        }
    }

    private static Socket Adopt(SafeFileHandle inherited, ListenOptions options)
    {
        var socket = SharedSockets.ToSocket(inherited);
        // On a listening socket this changes only the backlog.
        socket.Listen(options.Backlog);
        return socket;
    }

    private static Socket Bind(ListenOptions options)
    {
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (options.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualMode;
            // Allows a restart while old connections are in TIME_WAIT. On Unix, .NET sets SO_REUSEPORT with this option.
            if (!OperatingSystem.IsWindows())
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(options.EndPoint);
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptLoop(Socket socket, SemaphoreSlim resume)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var free = _transport.Gate.WhenFree();
                if (!free.IsCompleted)
                    await free.AsTask().WaitAsync(_stop.Token);
                Admit(await socket.AcceptAsync(_stop.Token));
            }
            catch (SocketException e) when (!_stop.IsCancellationRequested)
            {
                if (!_handler.AcceptFailed(e.SocketErrorCode))
                    await resume.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private void Admit(Socket socket)
    {
        IPEndPoint? client, local;
        try
        {
            socket.NoDelay = true;
            client = (IPEndPoint?)socket.RemoteEndPoint;
            local = (IPEndPoint?)socket.LocalEndPoint;
        }
        catch (SocketException)
        {
            // ENOTCONN: the client reset the connection in the backlog.
            client = local = null;
        }
        if (client is null || local is null)
        {
            socket.Dispose();
            return;
        }
        _transport.Gate.Enter();
        var link = new SocketLink(_transport, socket, client, local);
        _transport.Add(link);
        if (!_handler.Refuse(link))
            _handler.Accepted(link);
    }
}
