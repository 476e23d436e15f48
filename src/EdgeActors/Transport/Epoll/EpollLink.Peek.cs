using System.Buffers;

namespace EdgeActors.Transport.Epoll;

/// <summary>The hello: read by the reactor, parsed by the peek flow on another thread.</summary>
internal sealed unsafe partial class EpollLink
{
    private const int FirstRead = 2048;

    /// <summary>With the headroom an array of 2 KiB, which most hellos without post-quantum keys fit into.</summary>
    private const int LeastBuffer = 512;

    // The timer doubles as the lock between the peek flow and the reactor, which saves an object per client.
    private LinkTimer PeekLock => _timer;

    private byte[] _hello = [];

    /// <summary>Room before the hello, so that a PROXY header and the hello leave in one send without a copy.</summary>
    private int _headroom = MaxPreface;
    private int _received;
    private int _told;
    private int _maxTotal = FirstRead;
    private ReceiveStatus? _over;
    private IReceiveHandler? _receiver;

    public override ReadOnlySpan<byte> Received => _told == 0 ? default : _hello.AsSpan(_headroom, _told);

    public override void Receive(int maxTotal, IReceiveHandler handler)
    {
        ReceiveStatus? now;
        var post = false;
        lock (PeekLock)
        {
            _maxTotal = maxTotal;
            now = Untold();
            if (now is null)
            {
                _receiver = handler;
                post = _client.Readable;
            }
        }
        if (now is { } status)
            handler.Received(this, status);
        else if (post)
            _reactor.Post(this, WorkReceive);
    }

    protected override void Skip(int count)
    {
        lock (PeekLock)
        {
            _hello.AsSpan(_headroom + count, _received - count).CopyTo(_hello.AsSpan(_headroom));
            _received -= count;
            _told -= count;
        }
    }

    /// <summary>Ends a pending receive without an answer, because later bytes belong to the relay.</summary>
    private void StopReceiving()
    {
        if (_receiver is null)
            return;
        lock (PeekLock)
            _receiver = null;
    }

    /// <summary>On the reactor's thread, right after accept: the hello has usually arrived.</summary>
    internal void Begin()
    {
        _client.Readable = true;
        ReceiveMore();
        Watch(ref _client, ClientSide, reads: true);
    }

    /// <summary>The result not yet reported to the receiver, or null. Under the lock.</summary>
    private ReceiveStatus? Untold()
    {
        if (Reason != CloseReason.None)
            return ReceiveStatus.Closed;
        if (_received > _told)
        {
            _told = _received;
            return _told >= _maxTotal ? ReceiveStatus.Full : ReceiveStatus.Data;
        }
        return _over;
    }

    /// <summary>Reads once without a receiver, beyond it only for a waiting receiver. So the bytes that the peek flow reads never
    /// move.</summary>
    private void ReceiveMore()
    {
        IReceiveHandler? receiver;
        ReceiveStatus? news;
        lock (PeekLock)
        {
            if (_receiver is null && _hello.Length > 0)
                return;
            if (_over is null && _client.Readable)
                ReadOnce();
            receiver = _receiver;
            news = receiver is null ? null : Untold();
            if (news is not null)
                _receiver = null;
        }
        if (news is { } status)
            receiver!.Received(this, status);
    }

    private void ReadOnce()
    {
        if (_hello.Length > 0)
            MakeRoom(FirstRead);
        var room = _hello.Length == 0 ? Math.Min(FirstRead, _maxTotal) : Math.Min(_hello.Length - _headroom, _maxTotal) - _received;
        if (room <= 0)
            return;
        nint got;
        fixed (byte* buffer = _hello)
        {
            // A client that sends nothing or little must not hold a large buffer, so the first bytes are copied.
            var to = buffer is null ? _reactor.Scratch : buffer + _headroom + _received;
            got = Native.Receive(_client.Fd, to, room, Native.MsgDontWait);
        }
        if (got > 0)
        {
            if (_hello.Length == 0)
            {
                MakeRoom(Math.Max((int)got, LeastBuffer));
                new ReadOnlySpan<byte>(_reactor.Scratch, (int)got).CopyTo(_hello.AsSpan(_headroom));
            }
            _received += (int)got;
            if (got < room)
                _client.OnShortRead();
        }
        else if (got == 0)
        {
            _over = ReceiveStatus.Finished;
        }
        else if (Errno.Last == Errno.Again)
        {
            _client.Readable = false;
        }
        else if (Errno.Last != Errno.Interrupted)
        {
            _over = ReceiveStatus.Broken;
        }
    }

    private void MakeRoom(int least)
    {
        if (_hello.Length - _headroom > _received || _hello.Length - _headroom >= _maxTotal)
            return;
        var bigger = ArrayPool<byte>.Shared.Rent(_headroom + Math.Max(least, Math.Min(_maxTotal, _received * 2)));
        if (_received > 0)
            _hello.AsSpan(0, _headroom + _received).CopyTo(bigger);
        _hello = bigger;
    }

    private void TellReceiver(ReceiveStatus status)
    {
        IReceiveHandler? receiver;
        lock (PeekLock)
        {
            receiver = _receiver;
            _receiver = null;
        }
        receiver?.Received(this, status);
    }
}
