using System.Net.Sockets;

namespace EdgeActors.Cluster.Remoting;

/// <summary>Connections whose peer has yet to prove who it is: so many and no more. Any thread.</summary>
internal sealed class PendingHandshakes(int max)
{
    private readonly LinkedList<Socket> _sockets = new();
    private readonly Lock _lock = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _sockets.Count;
        }
    }

    /// <summary>Where there is no room, the oldest is closed, which ends its handshake.</summary>
    public void Add(Socket socket)
    {
        Socket? oldest = null;
        lock (_lock)
        {
            if (_sockets.Count == max)
            {
                oldest = _sockets.First!.Value;
                _sockets.RemoveFirst();
            }
            _sockets.AddLast(socket);
        }
        oldest?.Dispose();
    }

    /// <returns>False: it had to make room.</returns>
    public bool Remove(Socket socket)
    {
        // A walk over a few dozen at most.
        lock (_lock)
            return _sockets.Remove(socket);
    }

    public void CloseAll()
    {
        lock (_lock)
        {
            foreach (var socket in _sockets)
                socket.Dispose();
        }
    }
}
