using System.Buffers;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

/// <summary>Dialling and relaying.</summary>
internal sealed unsafe partial class EpollLink
{
    private Direction _up;
    private Direction _down = new() { IsToClient = true };

    private void Dial()
    {
        if (_server.IsOpen || EndIfBroken(ref _client, CloseReason.ClientReset))
            return;
        var plan = _plan!;
        var fd = Native.Socket(SockAddr.DomainOf(plan.Server), Native.SockStream | Native.SockNonBlock | Native.SockCloExec, 0);
        if (fd < 0)
        {
            NotConnected(Errno.ToCloseReason(Errno.Last));
            return;
        }
        _server = new LinkSide { Fd = fd, Writable = true, IsTcp = plan.Server is not UnixEndPoint };
        if (plan.Server is UnixEndPoint)
        {
            _dialUntil = _reactor.NowMs + (long)plan.ConnectTimeout.TotalMilliseconds;
            DialUnix();
            return;
        }
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpNoDelay, 1);
        // The first bytes are sent at once, and acknowledge the handshake: one segment less (tcp(7)).
        _ = Native.SetOption(fd, Native.SolTcp, Native.TcpQuickAck, 0);
        if (plan.Source is { } source && !BindTo(source))
        {
            NotConnected(Errno.ToCloseReason(Errno.Last));
            return;
        }
        if (SockAddr.Connect(fd, plan.Server) < 0 && Errno.Last != Errno.InProgress)
        {
            NotConnected(Errno.ToCloseReason(Errno.Last));
            return;
        }
        SendFirst();
    }

    /// <summary>A full Unix backlog fails with EAGAIN at once (unix(7)), so connect(2) is repeated until the deadline.</summary>
    private void DialUnix()
    {
        if (SockAddr.Connect(_server.Fd, _plan!.Server) == 0)
            SendFirst();
        else if (Errno.Last is var error and not (Errno.Again or Errno.Interrupted))
            NotConnected(Errno.ToCloseReasonOfUnix(error));
        else
            _reactor.Wheel.Set(_timer, _reactor.NowMs + TimerWheel.TickMs);
    }

    /// <summary>IP_BIND_ADDRESS_NO_PORT defers the port choice to connect(2), which can reuse a port for another server.</summary>
    private bool BindTo(System.Net.IPAddress source)
    {
        _ = Native.SetOption(_server.Fd, Native.SolIp, Native.IpBindAddressNoPort, 1);
        return SockAddr.Bind(_server.Fd, new System.Net.IPEndPoint(source, 0)) == 0;
    }

    /// <summary>Sends preface and hello at once, before epoll reports the connect: on a near network it is often complete. If not, the send
    /// returns EAGAIN, or the connect error.</summary>
    private void SendFirst()
    {
        var start = _headroom - _preface;
        var length = _preface + _received;
        nint sent;
        fixed (byte* buffer = _hello)
            sent = Native.Send(_server.Fd, buffer + start, length, Native.MsgDontWait | Native.MsgNoSignal);
        if (sent >= 0)
        {
            Join(start + (int)sent, length - (int)sent);
            return;
        }
        var error = Errno.Last;
        if (error is not (Errno.Again or Errno.Interrupted))
        {
            NotConnected(Errno.ToCloseReason(error));
        }
        else if (_server.Watched == 0)
        {
            _server.Writable = false;
            Watch(ref _server, ServerSide, reads: true);
            _reactor.Wheel.Set(_timer, _reactor.NowMs + (long)_plan!.ConnectTimeout.TotalMilliseconds);
        }
    }

    private void NotConnected(CloseReason failure)
    {
        _reactor.Wheel.Cancel(_timer);
        if (_server.IsOpen)
            CloseFd(ref _server, reset: true);
        Handler?.ConnectFailed(this, failure);
    }

    private void Join(int restOffset, int restLength)
    {
        Counters.Join(_reactor.Now, Math.Max(0, _received - restLength));
        if (restLength > 0)
            _up.StartWith(_hello, restOffset, restLength);
        else
            ArrayPool<byte>.Shared.Return(_hello);
        _hello = [];
        _told = 0;
        CloseIfIdle(_reactor.NowMs);
        if (_plan!.Timeouts.Keepalive is { } idle)
            KeepAlive(idle);
        Handler?.Joined(this);
        Relay();
    }

    private void KeepAlive(TimeSpan idle)
    {
        Keepalive.Set(_client.Fd, idle);
        if (_plan!.Server is not UnixEndPoint)
            Keepalive.Set(_server.Fd, idle);
    }

    private void Relay()
    {
        var up = _up.Run(_reactor, ref _client, ref _server, _down.Finished);
        Count(up: true);
        var down = _down.Run(_reactor, ref _server, ref _client, _up.Finished);
        Count(up: false);
        if (_up.Finished != Counters.UpFinished || _down.Finished != Counters.DownFinished)
            FinishOneWay();
        if (up == PumpResult.FromBroken || down == PumpResult.ToBroken)
            End(CloseReason.ClientReset, CloseMode.Reset);
        else if (up == PumpResult.ToBroken || down == PumpResult.FromBroken)
            End(CloseReason.ServerReset, CloseMode.Reset);
        else if (_up.Finished && _down.Finished)
            End(CloseReason.Finished, CloseMode.Close);
        else if (!EndIfBroken(ref _client, CloseReason.ClientReset) && !EndIfBroken(ref _server, CloseReason.ServerReset))
            WaitForMore(up == PumpResult.More || down == PumpResult.More);
    }

    /// <summary>One direction is finished; another timeout may apply to the rest.</summary>
    private void FinishOneWay()
    {
        if (_up.Finished && !Counters.UpFinished)
            Counters.Finish(up: true, _reactor.Now);
        if (_down.Finished && !Counters.DownFinished)
            Counters.Finish(up: false, _reactor.Now);
        if (!(_up.Finished && _down.Finished))
            CloseIfIdle(_reactor.NowMs);
    }

    private void WaitForMore(bool more)
    {
        if (more)
            _reactor.RunAgain(this);
        Watch(ref _client, ClientSide, reads: _server.Writable || !_up.Holds);
        Watch(ref _server, ServerSide, reads: _client.Writable || !_down.Holds);
    }

    /// <summary>Detects a reset that no call has returned: during a dial, or when one direction has nothing to send and the other may not
    /// read. Bytes received before it are relayed first.</summary>
    private bool EndIfBroken(ref LinkSide side, CloseReason reason)
    {
        if (!side.ErrorSeen)
            return false;
        side.ErrorSeen = false;
        if (Native.TakeError(side.Fd) == 0)
            return false;
        End(reason, CloseMode.Reset);
        return true;
    }

    private void Count(bool up)
    {
        var moved = up ? _up.TakeMoved() : _down.TakeMoved();
        if (moved == 0)
            return;
        Counters.Add(up, moved, _reactor.Now);
        if (_keptSlot != 0)
            NoteProgress(up);
    }
}
