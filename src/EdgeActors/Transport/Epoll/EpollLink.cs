using System.Net;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

/// <summary>
/// A client socket on its reactor and, once joined, the server's. Everything runs on the reactor's thread, except: any thread
/// may look at the received bytes, ask for more, and post an order (connect, close).
/// <code>
///   Peeking --Connect--> Dialling --accepted-> Joined --both FINs--> Ended
///      ^                    | failed
///      +--------------------+                    any of them --Close, error, idle--> Ended
///   Joined --Freeze--> frozen --Thaw--> Joined, or --GiveAway--> Ended
/// </code>
/// </summary>
internal sealed partial class EpollLink : Link, IEpollSource, IReactorWork
{
    private const int ClientSide = 0, ServerSide = 1;
    private const int WorkReceive = 1, WorkConnect = 2, WorkClose = 3, WorkThaw = 4, WorkGiveAway = 5, WorkAgain = 0;

    private readonly EpollTransport _transport;
    private readonly Reactor _reactor;
    private readonly LinkTimer _timer;
    private int _slot;
    private LinkSide _client;
    private LinkSide _server = new() { Fd = -1 };
    private ConnectPlan? _plan;
    private int _preface;
    private long _dialUntil;
    private int _reason;
    private CloseMode _mode;

    public EpollLink(EpollTransport transport, Reactor reactor, int fd, IPEndPoint client, IPEndPoint local)
        : base(client, local, reactor.Now)
    {
        _transport = transport;
        _reactor = reactor;
        _client = new LinkSide { Fd = fd, Writable = true, IsTcp = true };
        _slot = reactor.Slots.Take(this);
        _timer = new LinkTimer(this);
        transport.Opened();
    }

    // The phase is derived from what the link holds.

    private bool IsEnded => Counters.EndedAt != 0;

    private bool IsJoined => Counters.JoinedAt != 0;

    private bool IsDialling => _server.IsOpen && !IsJoined;

    public override CloseReason Reason => (CloseReason)Volatile.Read(ref _reason);

    /// <summary>Kernel memory of the sockets and pipes; null: little. On the reactor's thread.</summary>
    internal PinnedLink? Pinned => IsJoined && !IsEnded && (_up.Pinned, _down.Pinned) is var (up, down) && (up ?? down) is not null
        ? new PinnedLink(
            this,
            (up ?? 0) + (down ?? 0) + Native.SocketMemory(_client.Fd) + Native.SocketMemory(_server.Fd),
            Counters.BytesUp + Counters.BytesDown - Native.Unsent(_client.Fd) - Native.Unsent(_server.Fd))
        : null;

    // Epoll reports FIN and reset even behind unread bytes.
    public override bool ClientHasLeft => _client.FinSeen || _client.ErrorSeen;

    public override void Connect(ConnectPlan plan, ReadOnlySpan<byte> preface)
    {
        StopReceiving();
        if (_hello.Length == 0)
            MakeRoom(LeastBuffer);
        // Written into the room before the hello, which is unused between two dials.
        MakeHeadroom(ref _hello, ref _headroom, _received, preface.Length);
        preface.CopyTo(_hello.AsSpan(_headroom - preface.Length));
        _preface = preface.Length;
        _plan = plan;
        _reactor.Post(this, WorkConnect);
    }

    public override void Close(CloseReason reason, CloseMode mode)
    {
        if (!TryDecide(reason, mode))
            return;
        if (_reactor.IsCurrentThread)
            End();
        else
            _reactor.Post(this, WorkClose);
    }

    /// <summary>On the reactor's thread at shutdown: closes the socket in every state.</summary>
    internal void CloseForGood() => Close(CloseReason.Internal, CloseMode.Reset);

    void IReactorWork.Run(int kind)
    {
        if (IsEnded || (IsFrozen && kind is not (WorkThaw or WorkGiveAway)))
            return;
        if (Reason != CloseReason.None && !IsFrozen)
        {
            End();
            return;
        }
        switch (kind)
        {
            case WorkThaw:
                ThawHere();
                break;
            case WorkGiveAway:
                GiveAwayHere();
                break;
            case WorkReceive:
                ReceiveMore();
                break;
            case WorkConnect:
                Dial();
                break;
            case WorkAgain when IsJoined:
                Relay();
                break;
        }
    }

    public void Failed(Exception e) => End(CloseReason.Internal, CloseMode.Reset);

    void IEpollSource.OnEvents(int side, uint events)
    {
        if (side == ClientSide)
            _client.OnEvents(events);
        else
            _server.OnEvents(events);
        if (Reason != CloseReason.None)
        {
            End();
            return;
        }
        if (IsJoined)
            Relay();
        else if (side == ServerSide)
            SendFirst();
        else if (_plan is not null)
            EndIfBroken(ref _client, CloseReason.ClientReset);
        else if (_client.Readable)
            ReceiveMore();
    }

    private bool TryDecide(CloseReason reason, CloseMode mode)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)CloseReason.None) != (int)CloseReason.None)
            return false;
        _mode = mode;
        return true;
    }

    private void End(CloseReason reason, CloseMode mode)
    {
        TryDecide(reason, mode);
        End();
    }

    /// <summary>Runs once: releases everything, then reports the end.</summary>
    private void End()
    {
        if (IsEnded || IsFrozen)
            return;
        Counters.End(_reactor.Now);
        _reactor.Wheel.Cancel(_timer);
        _reactor.Slots.Give(_slot);
        // A truncated stream must not look complete. The kernel is asked only if Edge ends a joined connection.
        var mayCut = IsJoined && _mode == CloseMode.Close && Reason != CloseReason.Finished;
        var cutsUp = mayCut && _up.IsCutByEnd(_client, _server);
        var cutsDown = mayCut && _down.IsCutByEnd(_server, _client);
        _up.Release(_reactor);
        _down.Release(_reactor);
        if (_keptSlot != 0)
        {
            EndKept(ref _server, reset: cutsUp || _mode != CloseMode.Close);
            EndKept(ref _client, reset: cutsDown || _mode == CloseMode.Reset);
            Unkeep();
        }
        if (_server.IsOpen)
            CloseFd(ref _server, reset: cutsUp || _mode != CloseMode.Close);
        if (_mode == CloseMode.SilentDrop)
        {
            _transport.SilentDropsOf(_reactor).Add(_client.Fd, watched: _client.Watched != 0);
        }
        else if (_mode == CloseMode.Alert && !IsJoined)
        {
            _reactor.Control(Native.EpollDelete, _client.Fd, 0, 0);
            _transport.LingeringSocketsOf(_reactor).Add(_client.Fd);
        }
        else
        {
            if (_mode == CloseMode.Close && !IsJoined && _client.Readable)
                LingeringSockets.Discard(_reactor, _client.Fd);
            CloseFd(ref _client, reset: cutsDown || _mode == CloseMode.Reset);
            _transport.Closed();
        }
        _transport.Gate.Leave();
        TellReceiver(ReceiveStatus.Closed);
        Handler?.Ended(this);
    }

    /// <summary>Updates the epoll interest: readable unless earlier bytes are still unsent, writable once a send was short. Every event
    /// costs a reactor turn, and most sides never need the latter.</summary>
    private void Watch(ref LinkSide side, int which, bool reads)
    {
        var wanted = Native.EpollReadHup | Native.EpollEdge | (reads ? Native.EpollIn | Native.EpollUrgent : 0)
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

    /// <summary>The link's only deadline: connect timeout, then idle timeout.</summary>
    private sealed class LinkTimer(EpollLink link) : WheelTimer
    {
        public override void OnTimer(long now) => link.OnTimer(now);
    }

    private void OnTimer(long now)
    {
        // epoll watches the server socket once connect(2) has succeeded or is in progress.
        if (IsDialling && _server.Watched == 0 && now < _dialUntil)
            DialUnix();
        else if (IsDialling)
            NotConnected(CloseReason.ConnectTimeout);
        else if (IsJoined)
            CloseIfIdle(now);
    }

    /// <summary>The deadline is not moved per chunk; on expiry it is recomputed from the last activity.</summary>
    private void CloseIfIdle(long now)
    {
        var (left, reason) = IdleClock.Left(_plan!.Timeouts, Counters, _reactor.Now, _transport.Time);
        if (left is not { } more)
            _reactor.Wheel.Cancel(_timer);
        else if (more > TimeSpan.Zero)
            _reactor.Wheel.Set(_timer, now + (long)more.TotalMilliseconds);
        else
            End(reason, CloseMode.Close);
    }
}
