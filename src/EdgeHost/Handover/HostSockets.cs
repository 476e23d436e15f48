using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>Listening sockets of the host's own endpoints (admin, redirect). They may come from the previous process and go to the next.</summary>
/// <param name="handover">Null: there is no previous process.</param>
internal sealed class HostSockets(ReceivedHandover? handover = null)
{
    private const int SolSocket = 1, SoReuseAddr = 2;

    private readonly Lock _lock = new();
    private readonly List<(string Owner, BindSettings Bind, Socket Socket)> _open = [];

    /// <summary>A bound socket; the caller listens on it.</summary>
    public Socket Open(string owner, BindSettings bind)
    {
        var socket = handover?.Take(owner, bind) is [var handle, ..] ? SharedSockets.ToSocket(handle) : NewSocket(bind);
        lock (_lock)
            _open.Add((owner, bind, socket));
        return socket;
    }

    /// <summary>Leaves the SYNs of new clients unanswered, or answers them again.</summary>
    /// <returns>Whether the kernel has taken the filter.</returns>
    public bool IgnoreNewClients(string owner, bool on)
    {
        lock (_lock)
            return Listening().Where(own => own.Owner == owner).Select(own => SynFilter.Set(own.Socket.SafeHandle, on)).ToArray().All(static taken => taken);
    }

    /// <summary>Duplicates for another process; the caller closes each by <see cref="SharedSockets.Release"/>.</summary>
    public IReadOnlyList<TransferredSocket> Duplicate()
    {
        lock (_lock)
        {
            return
            [
                .. from own in Listening()
                    select new TransferredSocket(own.Owner, own.Bind, SharedSockets.Duplicate(own.Socket.SafeHandle)),
            ];
        }
    }

    private IEnumerable<(string Owner, BindSettings Bind, Socket Socket)> Listening() =>
        _open.Where(static own => !own.Socket.SafeHandle.IsClosed);

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
