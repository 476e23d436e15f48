using System.Net;
using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>One bound socket and its accept loop. What an accept error means is the handler's to say.</summary>
internal sealed class SocketListener : IListenSocket
{
    private readonly SocketTransport _transport;
    private readonly IAcceptHandler _handler;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _resume = new(0);

    public SocketListener(SocketTransport transport, ListenOptions options, IAcceptHandler handler)
    {
        _transport = transport;
        _handler = handler;
        _socket = Bind(options);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public void Start() => _ = Task.Run(AcceptLoop);

    public void Resume() => _resume.Release();

    public void Dispose()
    {
        // The source is not disposed: the loop may be about to read its token.
        _stop.Cancel();
        _socket.Dispose();
        _transport.Remove(this);
    }

    private static Socket Bind(ListenOptions options)
    {
        var socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (options.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualMode;
            // A restart must not wait for the TIME_WAIT of the connections before it.
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

    private async Task AcceptLoop()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var free = _transport.Gate.WhenFree();
                if (!free.IsCompleted)
                    await free.AsTask().WaitAsync(_stop.Token);
                Admit(await _socket.AcceptAsync(_stop.Token));
            }
            catch (SocketException e) when (!_stop.IsCancellationRequested)
            {
                if (!_handler.AcceptFailed(e.SocketErrorCode))
                    await WaitForResume();
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task WaitForResume()
    {
        try
        {
            await _resume.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
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
            // The client reset it while it was in the backlog (ENOTCONN): there is no connection to speak of.
            client = local = null;
        }
        if (client is null || local is null)
        {
            socket.Dispose();
            return;
        }
        _transport.Gate.Enter();
        var link = new SocketLink(_transport, socket, Unmapped(client), Unmapped(local));
        _transport.Add(link);
        _handler.Accepted(link);
    }

    /// <summary>A dual-mode socket shows IPv4 peers as ::ffff:a.b.c.d, which no backend and no limit wants to see.</summary>
    private static IPEndPoint Unmapped(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
