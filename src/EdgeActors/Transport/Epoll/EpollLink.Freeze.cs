using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

/// <summary>Rest: the link is handed over to another process, or comes from one.</summary>
internal sealed partial class EpollLink
{
    private static readonly IPEndPoint Nowhere = new(IPAddress.Any, 0);

    /// <summary>A link of another process, frozen.</summary>
    public EpollLink(EpollTransport transport, Reactor reactor, LinkHandover from)
        : base(IPEndPoint.Parse(from.Client), IPEndPoint.Parse(from.Local), from.AcceptedAt, from.Id)
    {
        _transport = transport;
        _reactor = reactor;
        _client = new LinkSide { Fd = from.ClientFd };
        _server = new LinkSide { Fd = from.ServerFd };
        _slot = -1;
        _timer = new LinkTimer(this);
        _plan = new ConnectPlan(Nowhere, TimeSpan.Zero, from.Timeouts);
        _up.Restore(from.Up);
        _down.Restore(from.Down);
        Counters.Restore(from);
        if (from.KeptSlot != 0)
            KeepOn(from.KeptSlot);
        transport.Opened();
    }

    /// <summary>A frozen link gets no events.</summary>
    private bool IsFrozen => _slot < 0;

    public override void Freeze(Action<LinkHandover?> frozen) => _reactor.Post(new FreezeWork(this, frozen), 0);

    public override void Thaw() => _reactor.Post(this, WorkThaw);

    public override void GiveAway() => _reactor.Post(this, WorkGiveAway);

    private LinkHandover? FreezeHere()
    {
        if (!IsJoined || IsEnded || IsFrozen || Reason != CloseReason.None)
            return null;
        Unkeep();
        Forget(ref _client);
        Forget(ref _server);
        _reactor.Wheel.Cancel(_timer);
        _reactor.Slots.Give(_slot);
        _slot = -1;
        return AtRest(
            _transport.Time.GetTimestamp(),
            _plan!.Timeouts,
            _up.Freeze(_reactor.Pipes, Counters.BytesUp),
            _down.Freeze(_reactor.Pipes, Counters.BytesDown),
            _client.Fd,
            _server.Fd);
    }

    /// <summary>Tries both directions, then registers both sockets: epoll reports at once what has come in between (epoll(7)).</summary>
    private void ThawHere()
    {
        if (!IsFrozen)
            return;
        _slot = _reactor.Slots.Take(this);
        _up.Thaw(_reactor.Pipes);
        _down.Thaw(_reactor.Pipes);
        (_client.Readable, _client.Writable, _server.Readable, _server.Writable) = (true, true, true, true);
        if (Reason != CloseReason.None)
        {
            End();
            return;
        }
        CloseIfIdle(_reactor.NowMs);
        if (!IsEnded)
            Relay();
    }

    private void GiveAwayHere()
    {
        if (!IsFrozen)
            return;
        Counters.End(_reactor.Now);
        _up.GiveAway(_reactor.Pipes);
        _down.GiveAway(_reactor.Pipes);
        CloseFd(ref _client, reset: false);
        CloseFd(ref _server, reset: false);
        _transport.Closed();
        _transport.Gate.Leave();
    }

    /// <summary>Explicitly: epoll reports a socket as long as any process has it open, and the reports name a closed descriptor.</summary>
    private void Forget(ref LinkSide side)
    {
        if (side.Watched != 0)
            _reactor.Control(Native.EpollDelete, side.Fd, 0, 0);
        side = new LinkSide { Fd = side.Fd };
    }

    private sealed class FreezeWork(EpollLink link, Action<LinkHandover?> frozen) : IReactorWork
    {
        public void Run(int kind) => frozen(link.FreezeHere());

        public void Failed(Exception e)
        {
            link.ThawHere();
            frozen(null);
        }
    }
}
