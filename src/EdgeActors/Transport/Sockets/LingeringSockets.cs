using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>
/// Clients that were sent an alert and a FIN and may still be reading the one or sending more (see <see cref="TlsAlerts.Linger"/>).
/// Bounded: the oldest makes room.
/// </summary>
internal sealed class LingeringSockets(int max, TimeProvider time)
{
    /// <summary>Receives of one <see cref="Discard"/>, so that a client which sends without end does not hold up the others.</summary>
    private const int MaxReceives = 64;

    private readonly Lock _lock = new();
    private readonly Queue<(Socket Socket, long Since)> _held = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    /// <summary>Sends alert and FIN; a client whose window is closed gets the latter alone.</summary>
    public void Add(Socket socket)
    {
        Discard(socket);
        try
        {
            // With it, and with the overload that tells errors, a send that finds no room neither waits nor throws.
            socket.Blocking = false;
            _ = socket.Send(TlsAlerts.UnrecognizedName, SocketFlags.None, out _);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // ENOTCONN: the client has gone meanwhile.
        }
        Socket? oldest = null;
        lock (_lock)
        {
            if (_held.Count >= max && _held.TryDequeue(out var first))
                oldest = first.Socket;
            if (max > 0)
                _held.Enqueue((socket, time.GetTimestamp()));
            else
                oldest = socket;
        }
        if (oldest is not null)
            TakeAway(oldest);
    }

    public void Expire(long now)
    {
        while (TryTake(since => time.GetElapsedTime(since, now) >= TlsAlerts.Linger) is { } socket)
            TakeAway(socket);
    }

    public void Clear()
    {
        while (TryTake(static _ => true) is { } socket)
            TakeAway(socket);
    }

    /// <summary>Reads what is there for nothing: a close over unread bytes sends a reset in place of a FIN.</summary>
    public static void Discard(Socket socket)
    {
        Span<byte> nowhere = stackalloc byte[16 * 1024];
        try
        {
            for (var i = 0; i < MaxReceives && socket.Available > 0; i++)
                _ = socket.Receive(nowhere, SocketFlags.None, out _);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nothing is left to be read of a socket that is gone.
        }
    }

    private Socket? TryTake(Func<long, bool> due)
    {
        lock (_lock)
            return _held.TryPeek(out var first) && due(first.Since) ? _held.Dequeue().Socket : null;
    }

    private static void TakeAway(Socket socket)
    {
        Discard(socket);
        socket.Dispose();
    }
}
