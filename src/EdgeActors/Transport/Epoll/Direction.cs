using System.Buffers;
using EdgeActors.Settings;

namespace EdgeActors.Transport.Epoll;

internal enum PumpResult
{
    /// <summary>Waiting for one of the sockets.</summary>
    Waits,

    /// <summary>More to do after the other links' turns.</summary>
    More,

    /// <summary>The FIN is relayed.</summary>
    Finished,

    /// <summary>The source side failed.</summary>
    FromBroken,

    /// <summary>The destination side failed.</summary>
    ToBroken,
}

/// <summary>One direction of a joined link. Small exchanges are copied through the reactor's scratch buffer: two system calls, no pipe. A
/// read that fills the buffer switches to splice(2). Unsent bytes stay in the pipe or a rented array, and reading stops until they are sent
/// (backpressure).</summary>
internal unsafe partial struct Direction
{
    /// <summary>Bytes per copy. A read that fills it switches to splice(2).</summary>
    private const int CopySize = 16 * 1024;

    /// <summary>Moves per turn: 16 MiB with full pipes.</summary>
    private const int MovesPerTurn = 16;

    private KernelPipe? _pipe;
    private byte[]? _rest;
    private int _restOffset, _restLength;
    private bool _bulk, _noSplice, _eof;
    private BufferBounds _bounds;

    public bool IsToClient { get; init; }

    /// <summary>Null: the connection is not kept.</summary>
    private KeptDirection* _kept;

    public bool Finished { get; private set; }

    /// <summary>Returns and clears the count of bytes moved.</summary>
    public int TakeMoved()
    {
        var moved = _moved;
        _moved = 0;
        return moved;
    }

    private int _moved;

    /// <summary>True while unsent bytes remain; no more is read until they are sent.</summary>
    public readonly bool Holds => _restLength > 0 || _pipe is { Held: > 0 };

    /// <summary>Unsent bytes in the pipe or the rented array; null: none, and no bulk data was carried.</summary>
    public readonly int? Pinned => _bounds.HasStarted || Holds ? _restLength + (_pipe?.Held ?? 0) : null;

    /// <summary>Bytes received before the join that did not fit into the first send.</summary>
    public void StartWith(byte[] rented, int offset, int length)
    {
        _rest = rented;
        _restOffset = offset;
        _restLength = length;
    }

    /// <param name="lastOne">The other direction is finished, so close(2) sends the FIN.</param>
    public PumpResult Run(Reactor reactor, ref LinkSide from, ref LinkSide to, bool lastOne)
    {
        var turn = PumpResult.More;
        for (var i = 0; i < MovesPerTurn && turn == PumpResult.More; i++)
            turn = Move(reactor, ref from, ref to, lastOne);
        if (_pipe is { Held: 0 })
            GivePipe(reactor);
        return turn;
    }

    /// <summary>Whether a close now loses bytes: held here, unread, or not acknowledged. A finished direction loses none, because the
    /// kernel sends its queue after close(2).</summary>
    public readonly bool IsCutByEnd(in LinkSide from, in LinkSide to) =>
        !Finished && (Holds || Native.Unread(from.Fd) > 0 || Native.Unsent(to.Fd) > 0);

    /// <summary>Ends the direction and discards unsent bytes.</summary>
    public void Release(Reactor reactor)
    {
        GivePipe(reactor);
        GiveRest();
    }

    private PumpResult Move(Reactor reactor, ref LinkSide from, ref LinkSide to, bool lastOne)
    {
        if (Finished)
            return PumpResult.Finished;
        if (Holds)
            return !to.Writable ? PumpResult.Waits : _restLength > 0 ? SendRest(ref to) : FromPipe(ref to);
        if (_eof)
            return PassFin(ref to, lastOne);
        if (!from.Readable)
            return PumpResult.Waits;
        if (_kept is not null)
            return MoveKept(reactor, ref from, ref to);
        // splice(2) reports EAGAIN at an urgent byte and never passes it.
        return _bulk && !_noSplice && !from.UrgentSeen ? ToPipe(reactor, ref from, to) : Copy(reactor, ref from, ref to);
    }

    private PumpResult Copy(Reactor reactor, ref LinkSide from, ref LinkSide to)
    {
        var got = Native.Receive(from.Fd, reactor.Scratch, CopySize, Native.MsgDontWait);
        if (got <= 0)
            return NothingRead(got, ref from);
        // Before a FIN, the kernel keeps the last bytes back and sends them with it, in one segment (MSG_MORE, send(2)).
        var flags = Native.MsgDontWait | Native.MsgNoSignal | (from.FinSeen && !from.ErrorSeen ? Native.MsgMore : 0);
        if (got == CopySize)
            OnBulkRead(reactor, from, to, (int)got);
        else if (from.IsAtFin)
            OnFin(ref from);
        else
            from.OnShortRead();
        var sent = to.Writable ? Native.Send(to.Fd, reactor.Scratch, got, flags) : 0;
        if (sent < 0)
        {
            if (Errno.Last is not (Errno.Again or Errno.Interrupted))
                return PumpResult.ToBroken;
            to.Writable = false;
            sent = 0;
        }
        _moved += (int)sent;
        if (sent < got)
            Keep(new ReadOnlySpan<byte>(reactor.Scratch + sent, (int)(got - sent)));
        return PumpResult.More;
    }

    private void OnBulkRead(Reactor reactor, in LinkSide from, in LinkSide to, int bytes)
    {
        _bulk = true;
        _bounds.OnBulkRead(BoundsOf(reactor), from.Fd, to.Fd, bytes);
    }

    private readonly BufferSettings BoundsOf(Reactor reactor) => IsToClient ? reactor.Buffers : default;

    private PumpResult ToPipe(Reactor reactor, ref LinkSide from, in LinkSide to)
    {
        if ((_pipe ??= reactor.Pipes.TryTake()) is not { } pipe)
        {
            _bulk = false;
            return PumpResult.More;
        }
        var got = Native.Splice(from.Fd, null, pipe.WriteEnd, null, pipe.Capacity, Native.SpliceMove | Native.SpliceNonBlock);
        if (got > 0)
        {
            pipe.Held = (int)got;
            if (got < CopySize)
                _bulk = false;
            else
                OnBulkRead(reactor, from, to, (int)got);
            return PumpResult.More;
        }
        if (got < 0 && Errno.IsSpliceUnsupported(Errno.Last))
        {
            _noSplice = true;
            reactor.Pipes.FellBack();
            return PumpResult.More;
        }
        // The pipe is empty, so EAGAIN comes from the socket.
        return NothingRead(got, ref from);
    }

    private PumpResult FromPipe(ref LinkSide to)
    {
        var pipe = _pipe!;
        var sent = Native.Splice(pipe.ReadEnd, null, to.Fd, null, pipe.Held, Native.SpliceMove | Native.SpliceNonBlock);
        if (sent <= 0)
            return NothingSent(ref to);
        pipe.Held -= (int)sent;
        _moved += (int)sent;
        return PumpResult.More;
    }

    private PumpResult SendRest(ref LinkSide to)
    {
        nint sent;
        fixed (byte* rest = _rest)
            sent = Native.Send(to.Fd, rest + _restOffset, _restLength, Native.MsgDontWait | Native.MsgNoSignal);
        if (sent <= 0)
            return NothingSent(ref to);
        _restOffset += (int)sent;
        _restLength -= (int)sent;
        _moved += (int)sent;
        if (_restLength == 0)
            GiveRest();
        return PumpResult.More;
    }

    private PumpResult PassFin(ref LinkSide to, bool lastOne)
    {
        Finished = true;
        // ENOTCONN: that side has closed both directions; all bytes were received before.
        if (!lastOne)
            _ = Native.Shutdown(to.Fd, Native.ShutWrite);
        return PumpResult.Finished;
    }

    private PumpResult NothingRead(nint result, ref LinkSide from)
    {
        if (result == 0)
        {
            OnFin(ref from);
            return PumpResult.More;
        }
        switch (Errno.Last)
        {
            case Errno.Again:
                from.Readable = false;
                return PumpResult.Waits;
            case Errno.Interrupted:
                return PumpResult.More;
            default:
                return PumpResult.FromBroken;
        }
    }

    private void OnFin(ref LinkSide from)
    {
        _eof = true;
        if (_kept is not null)
            _kept->HasFin = 1;
        from.Readable = from.FinSeen = false;
    }

    private static PumpResult NothingSent(ref LinkSide to)
    {
        switch (Errno.Last)
        {
            case Errno.Again:
                to.Writable = false;
                return PumpResult.Waits;
            case Errno.Interrupted:
                return PumpResult.More;
            default:
                return PumpResult.ToBroken;
        }
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _rest = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_rest);
        (_restOffset, _restLength) = (0, bytes.Length);
    }

    private void GiveRest()
    {
        if (_rest is not null)
            ArrayPool<byte>.Shared.Return(_rest);
        _rest = null;
        _restLength = 0;
        if (_kept is not null)
            Volatile.Write(ref _kept->Outside, 0);
    }

    private void GivePipe(Reactor reactor)
    {
        if (_pipe is null)
            return;
        NoPipe();
        reactor.Pipes.Give(_pipe);
        _pipe = null;
    }
}
