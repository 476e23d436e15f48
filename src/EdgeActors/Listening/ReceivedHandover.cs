using EdgeActors.Routing;
using EdgeActors.Settings;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Listening;

/// <summary>A listening socket on its way to another process.</summary>
/// <param name="Owner">The name of the listener or of the host's own endpoint.</param>
/// <param name="Bind">As it is configured: port 0 stays 0.</param>
public sealed record TransferredSocket(string Owner, BindSettings Bind, SafeFileHandle Handle);

/// <summary>What a process gets from the previous one: open sockets and the state of servers. Sockets that no listener takes are closed with it.</summary>
public sealed class ReceivedHandover(IReadOnlyList<TransferredSocket> sockets, IReadOnlyList<ServerHandover> servers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TransferredSocket> _left = [.. sockets];

    public IReadOnlyList<ServerHandover> Servers { get; } = servers;

    /// <summary>Sockets that no listener has taken.</summary>
    public int Left
    {
        get
        {
            lock (_lock)
                return _left.Count;
        }
    }

    /// <summary>The sockets of this address, once. A listener may have been renamed, so its name counts only for a port that the kernel
    /// chose.</summary>
    public IReadOnlyList<SafeFileHandle> Take(string owner, BindSettings bind)
    {
        lock (_lock)
        {
            bool Fits(TransferredSocket socket) => socket.Bind == bind && (bind.EndPoint.Port != 0 || socket.Owner == owner);
            IReadOnlyList<SafeFileHandle> taken = [.. _left.Where(Fits).Select(static socket => socket.Handle)];
            _left.RemoveAll(Fits);
            return taken;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var socket in _left)
                socket.Handle.Dispose();
            _left.Clear();
        }
    }
}
