using System.Net.Sockets;

namespace EdgeActors.Transport.Sockets;

/// <summary>
/// Sockets of silently dropped clients. As long as one is open and unread, the kernel acknowledges what the client sends and says
/// nothing else; closed at once, the client's next segment would be answered with a reset. Bounded: the oldest makes room.
/// The final close is abortive with TTL 1, so that its reset dies at the first router. Best effort: a client on the same link sees it, and
/// nothing is read, so that a client that sends more than the window takes is probing it when the socket goes, and then hears a reset.
/// </summary>
internal sealed class SilentHold(int max, TimeSpan hold, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<(Socket Socket, long Since)> _held = new();

    private long _evicted;

    /// <summary>Let go before their time, to make room.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    public int Count
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    public void Add(Socket socket)
    {
        Socket? oldest = null;
        lock (_lock)
        {
            if (_held.Count >= max && _held.TryDequeue(out var first))
            {
                oldest = first.Socket;
                _evicted++;
            }
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
        while (true)
        {
            Socket socket;
            lock (_lock)
            {
                if (!_held.TryPeek(out var first) || time.GetElapsedTime(first.Since, now) < hold)
                    return;
                socket = _held.Dequeue().Socket;
            }
            TakeAway(socket);
        }
    }

    public void Clear()
    {
        while (true)
        {
            Socket socket;
            lock (_lock)
            {
                if (!_held.TryDequeue(out var first))
                    return;
                socket = first.Socket;
            }
            TakeAway(socket);
        }
    }

    private static void TakeAway(Socket socket)
    {
        try
        {
            if (socket.AddressFamily == AddressFamily.InterNetworkV6)
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.HopLimit, 1);
            if (socket.AddressFamily == AddressFamily.InterNetwork || socket.DualMode)
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.IpTimeToLive, 1);
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (SocketException)
        {
            // The client has gone meanwhile (ENOTCONN, EINVAL): there is nobody left to be silent to.
        }
        catch (ObjectDisposedException)
        {
            return;
        }
        socket.Dispose();
    }
}
