using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeLoad.Sockets;

/// <summary>
/// One epoll set, for one thread. Every socket is in it edge-triggered for both directions from its beginning, which costs one call a
/// socket; so whoever is told must go on until the socket would block.
/// </summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int Batch = 512;

    // struct epoll_event is packed on x86-64 and aligned elsewhere.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + sizeof(ulong);

    private readonly byte[] _events = GC.AllocateArray<byte>(Batch * 16, pinned: true);
    private readonly int _epoll = Native.EpollCreate(Native.CloseOnExec);
    private Watched?[] _watched = new Watched?[4096];

    /// <summary>Has the socket told of from now on.</summary>
    public void Add(int fd, Watched watched)
    {
        if (fd >= _watched.Length)
            Array.Resize(ref _watched, Math.Max(fd + 1, _watched.Length * 2));
        _watched[fd] = watched;
        watched.Fd = fd;
        var e = stackalloc byte[16];
        *(uint*)e = Native.EpollIn | Native.EpollOut | Native.EpollReadHup | Native.EpollEdge;
        *(long*)(e + DataOffset) = fd;
        if (Native.EpollControl(_epoll, Native.EpollAdd, fd, e) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public void Close(Watched watched)
    {
        _watched[watched.Fd] = null;
        _ = Native.Close(watched.Fd);
    }

    /// <summary>Waits and tells. An event of a socket that was closed in the same batch may reach its successor, which then finds nothing
    /// to do.</summary>
    /// <returns>False when nothing happened in time.</returns>
    public bool Wait(int timeoutMs)
    {
        fixed (byte* events = _events)
        {
            var count = Native.EpollWait(_epoll, events, Batch, timeoutMs);
            for (var i = 0; i < count; i++)
                _watched[*(int*)(events + i * EventSize + DataOffset)]?.Ready();
            return count != 0;
        }
    }

    /// <summary>Closes what is still watched, too.</summary>
    public void Dispose()
    {
        foreach (var watched in _watched)
        {
            if (watched is not null)
                _ = Native.Close(watched.Fd);
        }
        _ = Native.Close(_epoll);
    }
}

/// <summary>A socket of a <see cref="Poller"/>.</summary>
internal abstract class Watched
{
    public int Fd { get; set; }

    /// <summary>Something may have become possible. What, the socket's calls will tell.</summary>
    public abstract void Ready();
}
