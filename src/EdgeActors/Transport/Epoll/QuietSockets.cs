namespace EdgeActors.Transport.Epoll;

/// <summary>
/// Silently dropped clients of one reactor. As long as a socket is open and unread, the kernel acknowledges what the client sends and says
/// nothing else. Bounded: the oldest makes room. The final close resets with TTL 1 (hop limit 1), so that the reset dies at the first
/// router; a client on the same link sees it.
/// </summary>
internal sealed class QuietSockets(Reactor reactor, EpollTransport transport, int max, TimeSpan hold) : WheelTimer
{
    private readonly Queue<(int Fd, long Due)> _held = new();

    public void Add(int fd)
    {
        if (_held.Count >= max && _held.TryDequeue(out var oldest))
            TakeAway(oldest.Fd);
        if (max == 0)
        {
            TakeAway(fd);
            return;
        }
        _held.Enqueue((fd, reactor.NowMs + (long)hold.TotalMilliseconds));
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

    private void SetTimer()
    {
        if (_held.TryPeek(out var first))
            reactor.Wheel.Set(this, first.Due);
    }

    private void TakeAway(int fd)
    {
        // The one that does not fit the socket's family fails, which is no matter.
        _ = Native.SetOption(fd, Native.SolIp, Native.IpTtl, 1);
        _ = Native.SetOption(fd, Native.SolIpV6, Native.IpV6UnicastHops, 1);
        Native.LingerZero(fd);
        _ = Native.Close(fd);
        transport.Closed();
    }
}
