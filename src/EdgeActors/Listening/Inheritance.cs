using EdgeActors.Routing;
using EdgeActors.Settings;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Listening;

/// <summary>A listening socket on its way to another process.</summary>
/// <param name="Owner">The listener's name, or that of one of the host's own entrances.</param>
/// <param name="Bind">As it is configured: port 0 stays 0.</param>
public sealed record LentSocket(string Owner, BindSettings Bind, SafeFileHandle Handle);

/// <summary>What a process is given by the one before it: open sockets, and what is known of servers. What nobody takes is let go with it.</summary>
public sealed class Inheritance(IReadOnlyList<LentSocket> sockets, IReadOnlyList<ServerHandover> servers) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<LentSocket> _left = [.. sockets];

    public IReadOnlyList<ServerHandover> Servers { get; } = servers;

    /// <summary>Sockets that nobody has taken.</summary>
    public int Left
    {
        get
        {
            lock (_lock)
                return _left.Count;
        }
    }

    /// <summary>The sockets of this address, once. Whoever had it may be called something else now; only a port that the system chose belongs to a
    /// name.</summary>
    public IReadOnlyList<SafeFileHandle> Take(string owner, BindSettings bind)
    {
        lock (_lock)
        {
            bool Fits(LentSocket socket) => socket.Bind == bind && (bind.EndPoint.Port != 0 || socket.Owner == owner);
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
