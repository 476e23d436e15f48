using EdgeActors.Settings;

namespace EdgeActors.Transport;

/// <summary>Bounds what the kernel holds of a direction that carries bulk data (<c>limits.buffers</c>), until it has carried
/// <see cref="Until"/> bytes. The kernel sizes a receive buffer by the bytes read per round trip: reads of a pipe's 1 MiB from a near
/// server raise it to the maximum of tcp_rmem, and the server fills it when the client stops reading (measured: 7 to 14 MiB a connection).
/// A client that never reads does not get past the bounds; a long transfer costs what it costs without them.</summary>
internal struct BufferBounds
{
    /// <summary>More than the client's own buffer, the bounds and a pipe hold together.</summary>
    public const int Until = 16 << 20;

    /// <summary>Round trip in microseconds up to which a server's receive buffer is bounded. A farther one needs a large window: with
    /// 50 ms the bound cost a tenth of the throughput of 256 MiB.</summary>
    private const uint Near = 5000;

    private int _carried;
    private bool _isSet, _isLocked;

    /// <summary>The direction has carried bulk data.</summary>
    public readonly bool HasStarted => _carried > 0;

    /// <summary>After a read that filled a buffer. Calls fail for Unix sockets, which have no such buffers.</summary>
    public void OnBulkRead(BufferSettings buffers, int from, int to, int bytes)
    {
        if (_carried >= Until)
            return;
        Set(buffers, from, to);
        _carried += bytes;
        if (_carried >= Until)
            Lift(buffers, from, to);
    }

    /// <summary>Once. <see cref="OnBulkRead"/> does it, too.</summary>
    public void Set(BufferSettings buffers, int from, int to)
    {
        if (_isSet)
            return;
        _isSet = true;
        // Bytes in flight are not counted, so a long path is not slowed.
        if (buffers.ClientSend is { } send)
            _ = Native.SetOption(to, Native.SolTcp, Native.TcpNotSentLowWater, send);
        if (buffers.ServerReceive is not { } receive || Native.RoundTrip(from) > Near)
            return;
        _isLocked = true;
        RaiseReceiveBuffer(from, receive);
        _ = Native.SetOption(from, Native.SolSocket, Native.SoBufferLock, Native.LockReceiveBuffer);
    }

    /// <summary>0 is net.ipv4.tcp_notsent_lowat. Autotuning grows the receive buffer only while more is read per round trip than before, so
    /// it begins again with a larger one.</summary>
    private readonly void Lift(BufferSettings buffers, int from, int to)
    {
        if (buffers.ClientSend is not null)
            _ = Native.SetOption(to, Native.SolTcp, Native.TcpNotSentLowWater, 0);
        if (!_isLocked || buffers.ServerReceive is not { } receive)
            return;
        _ = Native.SetOption(from, Native.SolSocket, Native.SoBufferLock, 0);
        RaiseReceiveBuffer(from, (int)Math.Min(4L * receive, int.MaxValue));
    }

    /// <summary>SO_RCVLOWAT raises an unlocked receive buffer so that the window has room for as many bytes, up to half of tcp_rmem's
    /// maximum (tcp_set_rcvlowat). SO_RCVBUF has net.core.rmem_max as its maximum, which is 208 KiB before Linux 6.17.</summary>
    private static void RaiseReceiveBuffer(int fd, int window)
    {
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoReceiveLowWater, window);
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoReceiveLowWater, 1);
    }
}
