namespace EdgeActors.Transport.Epoll;

/// <summary>Clients of one reactor after alert and FIN (see <see cref="TlsAlerts.Linger"/>). Bounded: the oldest is evicted.</summary>
internal sealed unsafe class LingeringSockets(Reactor reactor, EpollTransport transport, int max) : WheelTimer
{
    /// <summary>Maximum receives per <see cref="Discard"/>, so that one client cannot delay the others.</summary>
    private const int MaxReceives = 16;

    private readonly Queue<(int Fd, long Due)> _held = new();

    /// <summary>Sends alert and FIN; a client with a closed window gets only the FIN.</summary>
    public void Add(int fd)
    {
        Discard(reactor, fd);
        fixed (byte* alert = TlsAlerts.UnrecognizedName)
            _ = Native.Send(fd, alert, TlsAlerts.UnrecognizedName.Length, Native.MsgDontWait | Native.MsgNoSignal);
        _ = Native.Shutdown(fd, Native.ShutWrite);
        if (_held.Count >= max && _held.TryDequeue(out var oldest))
            TakeAway(oldest.Fd);
        if (max == 0)
        {
            TakeAway(fd);
            return;
        }
        _held.Enqueue((fd, reactor.NowMs + (long)TlsAlerts.Linger.TotalMilliseconds));
        SetTimer();
    }

    public override void OnTimer(long now)
    {
        while (_held.TryPeek(out var first) && first.Due <= now)
            TakeAway(_held.Dequeue().Fd);
        SetTimer();
    }

    public void Clear()
    {
        while (_held.TryDequeue(out var held))
            TakeAway(held.Fd);
        reactor.Wheel.Cancel(this);
    }

    /// <summary>Discards received data: close(2) with unread bytes sends a reset in place of a FIN.</summary>
    public static void Discard(Reactor reactor, int fd)
    {
        for (var i = 0; i < MaxReceives && Native.Receive(fd, reactor.Scratch, Reactor.ScratchSize, Native.MsgDontWait) > 0; i++)
        {
        }
    }

    private void SetTimer()
    {
        if (_held.TryPeek(out var first))
            reactor.Wheel.Set(this, first.Due);
    }

    private void TakeAway(int fd)
    {
        Discard(reactor, fd);
        _ = Native.Close(fd);
        transport.Closed();
    }
}
