using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport.Epoll;

/// <summary>One listening socket on one reactor. Level-triggered, so clients left in the backlog are reported again. Disarmed while the
/// connection limit is reached or accept fails.</summary>
internal sealed unsafe class EpollAcceptor(
    EpollTransport transport, Reactor reactor, ListenSocket socket, EpollListener listener, int backlog) : IEpollSource, IReactorWork
{
    /// <summary>Accepts per turn, so that a flood of clients does not starve joined connections.</summary>
    private const int Batch = 64;
    private const int WorkStart = 0, WorkStop = 1, WorkResume = 2;

    private readonly bool _wildcard =
        listener.EndPoint.Address.Equals(IPAddress.Any) || listener.EndPoint.Address.Equals(IPAddress.IPv6Any);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slot = -1;
    private bool _paused, _closing;

    /// <exception cref="SocketException">An error of socket(2), bind(2) or listen(2).</exception>
    public static ListenSocket Open(ListenOptions options, bool reusePort, bool deferAccept, int? cpu)
    {
        var v6 = options.EndPoint.AddressFamily == AddressFamily.InterNetworkV6;
        var fd = Native.Socket(v6 ? Native.AfInet6 : Native.AfInet, Native.SockStream | Native.SockNonBlock | Native.SockCloExec, 0);
        if (fd < 0)
            throw new SocketException((int)Errno.ToSocketError(Errno.Last));
        _ = Native.SetOption(fd, Native.SolSocket, Native.SoReuseAddr, 1);
        if (reusePort)
            _ = Native.SetOption(fd, Native.SolSocket, Native.SoReusePort, 1);
        if (v6)
            _ = Native.SetOption(fd, Native.SolIpV6, Native.IpV6Only, options.DualMode ? 0 : 1);
        // Inherited by accepted sockets, which saves a system call per client.
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpNoDelay, 1);
        if (deferAccept)
            _ = Native.SetOption(fd, Native.SolTcp, Native.TcpDeferAccept, 1);
        if (cpu is { } number)
            _ = Native.SetOption(fd, Native.SolSocket, Native.SoIncomingCpu, number);

        if (SockAddr.Bind(fd, options.EndPoint) < 0 || Native.Listen(fd, options.Backlog) < 0)
        {
            var error = Errno.ToSocketError(Errno.Last);
            _ = Native.Close(fd);
            throw new SocketException((int)error);
        }
        return new ListenSocket(fd, SockAddr.LocalOf(fd)!);
    }

    /// <summary>Adopts a listening socket with these options.</summary>
    public static ListenSocket Adopt(int fd, ListenOptions options, bool deferAccept, int? cpu)
    {
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpNoDelay, 1);
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpDeferAccept, deferAccept ? 1 : 0);
        if (cpu is { } number)
            _ = Native.SetOption(fd, Native.SolSocket, Native.SoIncomingCpu, number);
        // On a listening socket this changes only the backlog.
        _ = Native.Listen(fd, options.Backlog);
        return new ListenSocket(fd, SockAddr.LocalOf(fd)!);
    }

    public SafeFileHandle Duplicate() => SharedSockets.Duplicate(socket.Fd);

    public void Start() => reactor.Post(this, WorkStart);

    public void Resume() => reactor.Post(this, WorkResume);

    /// <summary>Returns once the socket is closed: new clients are refused.</summary>
    public void Stop()
    {
        reactor.Post(this, WorkStop);
        if (!reactor.IsCurrentThread)
            _stopped.Task.Wait();
    }

    /// <summary>Only a handler can have thrown; accepting continues.</summary>
    public void Failed(Exception e)
    {
    }

    void IReactorWork.Run(int kind)
    {
        if (_stopped.Task.IsCompleted)
            return;
        switch (kind)
        {
            case WorkStart:
                _slot = reactor.Slots.Take(this);
                reactor.Control(Native.EpollAdd, socket.Fd, Native.EpollIn, reactor.Slots.Tag(_slot, 0));
                break;
            case WorkStop:
                if (_slot >= 0)
                {
                    // Epoll keeps reporting a descriptor that another process holds, so it is removed explicitly before the close.
                    reactor.Control(Native.EpollDelete, socket.Fd, 0, 0);
                    reactor.Slots.Give(_slot);
                }
                AcceptQueue();
                socket.Close();
                _stopped.SetResult();
                break;
            default:
                if (_paused)
                    Listen(true);
                break;
        }
    }

    void IEpollSource.OnEvents(int side, uint events)
    {
        for (var i = 0; i < Batch; i++)
        {
            var free = transport.Gate.WhenFree();
            if (!free.IsCompleted)
            {
                Listen(false);
                _ = free.AsTask().ContinueWith(
                    _ => reactor.Post(this, WorkResume),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default);
                return;
            }
            if (!AcceptOne())
                return;
        }
    }

    /// <summary>Accepts the queue before close(2), which would reset its clients. The queue holds at most backlog + 1.</summary>
    private void AcceptQueue()
    {
        _closing = true;
        for (var i = 0; i <= backlog && !transport.IsDisposed && transport.Gate.IsFree && AcceptOne(); i++)
        {
        }
    }

    /// <returns>True if more clients may be waiting.</returns>
    private bool AcceptOne()
    {
        var address = stackalloc byte[SockAddr.MaxLength];
        var length = SockAddr.MaxLength;
        var fd = Native.Accept(socket.Fd, address, &length, Native.SockNonBlock | Native.SockCloExec);
        if (fd < 0)
            return Failed(Errno.Last);
        var client = SockAddr.Read(new ReadOnlySpan<byte>(address, SockAddr.MaxLength));
        var local = (_wildcard ? SockAddr.LocalOf(fd) : null) ?? socket.Address;
        transport.Gate.Enter();
        var link = new EpollLink(transport, reactor, fd, client, local);
        var handler = listener.Handler;
        if (handler.Refuse(link))
            return true;
        link.Begin();
        handler.Accepted(link);
        return true;
    }

    private bool Failed(int error)
    {
        if (error == Errno.Again || _closing)
            return false;
        if (listener.Handler.AcceptFailed(Errno.ToSocketError(error)))
            return true;
        Listen(false);
        return false;
    }

    private void Listen(bool on)
    {
        _paused = !on;
        reactor.Control(Native.EpollModify, socket.Fd, on ? Native.EpollIn : 0, reactor.Slots.Tag(_slot, 0));
    }
}
