using System.Net;
using EdgeActors.Join;

namespace EdgeActors.Transport.Epoll;

/// <summary>
/// A client socket on its reactor and, once joined, the server's. Everything happens on the reactor's thread but for three things that any
/// thread may do: look at what was received, ask for more, and leave an order (connect, close) in the reactor's queue.
/// <code>
///   Peeking --Connect--> Dialling --took it--> Joined --both FINs--> Ended
///      ^                    | did not
///      +--------------------+                    any of them --Close, error, idle--> Ended
/// </code>
/// </summary>
internal sealed partial class EpollLink : Link, IEpollSource, IReactorWork
{
    private const int ClientSide = 0, ServerSide = 1;
    private const int WorkReceive = 1, WorkConnect = 2, WorkClose = 3, WorkAgain = 0;

    private readonly EpollTransport _transport;
    private readonly Reactor _reactor;
    private readonly LinkTimer _timer;
    private readonly int _slot;
    private LinkSide _client;
    private LinkSide _server = new() { Fd = -1 };
    private Phase _phase;
    private ConnectPlan? _plan;
    private int _preface;
    private int _cause;
    private CloseManner _manner;

    public EpollLink(EpollTransport transport, Reactor reactor, int fd, IPEndPoint client, IPEndPoint local)
        : base(client, local, reactor.Now)
    {
        _transport = transport;
        _reactor = reactor;
        _client = new LinkSide { Fd = fd, Writable = true };
        _slot = reactor.Slots.Take(this);
        _timer = new LinkTimer(this);
        transport.Opened();
    }

    private enum Phase
    {
        Peeking,
        Dialling,
        Joined,
        Ended,
    }

    public override LinkCause Cause => (LinkCause)Volatile.Read(ref _cause);

    // Epoll tells of FIN and reset however many bytes are before them.
    public override bool ClientHasLeft => _client.FinSeen || _client.ErrorSeen;

    public override void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface)
    {
        // Into the room ahead of the hello, which nobody else touches between two dials.
        preface.CopyTo(_hello.AsSpan(MaxPreface - preface.Length));
        _preface = preface.Length;
        _plan = plan;
        _reactor.Post(this, WorkConnect);
    }

    public override void Close(LinkCause cause, CloseManner manner)
    {
        if (!TryDecide(cause, manner))
            return;
        if (_reactor.IsCurrentThread)
            End();
        else
            _reactor.Post(this, WorkClose);
    }

    /// <summary>On the reactor's thread, when the transport ends: held or not, the socket goes.</summary>
    internal void CloseForGood() => Close(LinkCause.Decided, CloseManner.Reset);

    void IReactorWork.Run(int kind)
    {
        if (_phase == Phase.Ended)
            return;
        if (Cause != LinkCause.None)
        {
            End();
            return;
        }
        switch (kind)
        {
            case WorkReceive:
                ReceiveMore();
                break;
            case WorkConnect:
                Dial();
                break;
            case WorkAgain when _phase == Phase.Joined:
                Relay();
                break;
        }
    }

    public void Failed(Exception e) => End(LinkCause.Internal, CloseManner.Reset);

    void IEpollSource.OnEvents(int side, uint events)
    {
        if (side == ClientSide)
            _client.Learn(events);
        else
            _server.Learn(events);
        if (Cause != LinkCause.None)
        {
            End();
            return;
        }
        switch (_phase)
        {
            case Phase.Peeking when _client.Readable:
                ReceiveMore();
                break;
            case Phase.Dialling when side == ServerSide:
                SendFirst();
                break;
            case Phase.Joined:
                Relay();
                break;
        }
    }

    private bool TryDecide(LinkCause cause, CloseManner manner)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)LinkCause.None) != (int)LinkCause.None)
            return false;
        _manner = manner;
        return true;
    }

    private void End(LinkCause cause, CloseManner manner)
    {
        TryDecide(cause, manner);
        End();
    }

    /// <summary>Once: gives everything back, then tells.</summary>
    private void End()
    {
        if (_phase == Phase.Ended)
            return;
        _phase = Phase.Ended;
        Counters.End(_reactor.Now);
        _reactor.Wheel.Cancel(_timer);
        _reactor.Slots.Give(_slot);
        ReleaseRelay();
        if (_server.IsOpen)
            CloseFd(ref _server, reset: _manner != CloseManner.Close);
        if (_manner == CloseManner.SilentDrop)
        {
            _transport.QuietSocketsOf(_reactor).Add(_client.Fd, watched: _client.Watched != 0);
        }
        else if (_manner == CloseManner.Alert && Counters.JoinedAt == 0)
        {
            _reactor.Control(Native.EpollDelete, _client.Fd, 0, 0);
            _transport.LingeringSocketsOf(_reactor).Add(_client.Fd);
        }
        else
        {
            if (_manner == CloseManner.Close && Counters.JoinedAt == 0 && _client.Readable)
                LingeringSockets.Discard(_reactor, _client.Fd);
            CloseFd(ref _client, _manner == CloseManner.Reset);
            _transport.Closed();
        }
        _transport.Gate.Leave();
        TellReceiver(ReceiveStatus.Closed);
        Handler?.Ended(this);
    }

    /// <summary>
    /// Has epoll report on a side: that there is something to read, unless what was read before still waits for the far side, and that there
    /// is room again, once a send has found none. Every report costs a turn of the reactor, and most sides never come to the latter.
    /// </summary>
    private void Watch(ref LinkSide side, int which, bool reads)
    {
        var wanted = Native.EpollReadHup | Native.EpollEdge | (reads ? Native.EpollIn : 0)
            | (side.Writable ? side.Watched & Native.EpollOut : Native.EpollOut);
        if (wanted == side.Watched)
            return;
        _reactor.Control(side.Watched == 0 ? Native.EpollAdd : Native.EpollModify, side.Fd, wanted, _reactor.Slots.Tag(_slot, which));
        side.Watched = wanted;
    }

    private static void CloseFd(ref LinkSide side, bool reset)
    {
        if (reset)
            Native.LingerZero(side.Fd);
        _ = Native.Close(side.Fd);
        side.Fd = -1;
    }

    /// <summary>The one deadline that a link has at a time: the connect's, then the tunnel's.</summary>
    private sealed class LinkTimer(EpollLink link) : WheelTimer
    {
        public override void OnTimer(long now) => link.OnTimer(now);
    }

    private void OnTimer(long now)
    {
        if (_phase == Phase.Dialling)
            NotConnected(ConnectFailure.TimedOut);
        else if (_phase == Phase.Joined)
            CloseIfIdle(now);
    }

    /// <summary>The deadline is not moved with every chunk; when it comes, it is seen how far activity has moved it.</summary>
    private void CloseIfIdle(long now)
    {
        var (left, cause) = IdleClock.Left(_plan!.Timeouts, Counters, _reactor.Now, _transport.Time);
        if (left is not { } more)
            _reactor.Wheel.Cancel(_timer);
        else if (more > TimeSpan.Zero)
            _reactor.Wheel.Set(_timer, now + (long)more.TotalMilliseconds);
        else
            End(cause, CloseManner.Close);
    }
}
