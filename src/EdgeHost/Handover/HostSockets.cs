using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>Listening sockets of the host's own entrances, which the process before this one may have opened, and the next may want.</summary>
/// <param name="inherited">Null: nobody was there before.</param>
internal sealed class HostSockets(Inheritance? inherited = null)
{
    private const int SolSocket = 1, SoReuseAddr = 2;

    private readonly Lock _lock = new();
    private readonly List<(string Owner, BindSettings Bind, Socket Socket)> _open = [];

    /// <summary>Bound, and to be listened on.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public Socket Open(string owner, BindSettings bind)
    {
        var socket = inherited?.Take(owner, bind) is [var handle, ..] ? SharedSockets.ToSocket(handle) : NewSocket(bind);
        lock (_lock)
            _open.Add((owner, bind, socket));
        return socket;
    }

    /// <summary>Leaves newcomers of an entrance unanswered, or no longer.</summary>
    /// <returns>Whether the kernel has taken it.</returns>
    public bool IgnoreNewcomers(string owner, bool on)
    {
        lock (_lock)
        {
            var taken = true;
            foreach (var own in Listening().Where(own => own.Owner == owner))
                taken &= SynFilter.Set(own.Socket.SafeHandle, on);
            return taken;
        }
    }

    /// <summary>Once more, for another process; each is to be closed by <see cref="SharedSockets.Release"/>.</summary>
    public IReadOnlyList<LentSocket> Lend()
    {
        lock (_lock)
            return [.. Listening().Select(static own => new LentSocket(own.Owner, own.Bind, SharedSockets.Duplicate(own.Socket.SafeHandle)))];
    }

    private IEnumerable<(string Owner, BindSettings Bind, Socket Socket)> Listening() => _open.Where(static own => !own.Socket.SafeHandle.IsClosed);

    private static Socket NewSocket(BindSettings bind)
    {
        var socket = new Socket(bind.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (bind.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = bind.DualMode;
            // A restart must not wait for the TIME_WAIT of earlier connections. The framework's own option would share the port, too.
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption(SolSocket, SoReuseAddr, BitConverter.GetBytes(1));
            socket.Bind(bind.EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
