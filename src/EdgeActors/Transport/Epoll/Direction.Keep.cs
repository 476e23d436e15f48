namespace EdgeActors.Transport.Epoll;

/// <summary>A direction of a kept link: its slot says at each time where bytes in transit are.</summary>
internal unsafe partial struct Direction
{
    /// <summary>From now on the slot says where bytes in transit are.</summary>
    public void Keep(KeptDirection* slot, PipePool pipes)
    {
        _kept = slot;
        _kept->HasFin = _eof ? (byte)1 : (byte)0;
        if (_restLength > 0 && _pipe is null && pipes.TryTake() is { } pipe && !TryFill(pipe))
            pipes.Give(pipe);
        if (_pipe is not null)
            NotePipe(pipes);
        if (_restLength > 0)
            _kept->Outside = 1;
    }

    /// <summary>Continues a kept direction of the process before.</summary>
    public void KeepOn(KeptDirection* slot) => _kept = slot;

    public void Unkeep() => _kept = null;

    /// <summary>Bytes stay in the kernel, in a pipe that the keeper has, whatever their number. Otherwise they are lost if the process dies
    /// before they are sent, and the slot says so from before they are read.</summary>
    private PumpResult MoveKept(Reactor reactor, ref LinkSide from, ref LinkSide to)
    {
        if (!_noSplice && !from.UrgentSeen)
        {
            // Large reads from the first one on: a buffer must not grow beyond its bound before.
            _bounds.Set(BoundsOf(reactor), from.Fd, to.Fd);
            if (_pipe is null && (_pipe = reactor.Pipes.TryTake()) is not null)
                NotePipe(reactor.Pipes);
            if (_pipe is not null)
                return ToPipe(reactor, ref from, to);
        }
        Volatile.Write(ref _kept->Outside, 1);
        var result = Copy(reactor, ref from, ref to);
        if (_restLength == 0)
            Volatile.Write(ref _kept->Outside, 0);
        return result;
    }

    private readonly void NotePipe(PipePool pipes)
    {
        if (pipes.TryKeep(_pipe!))
            Volatile.Write(ref _kept->Pipe, _pipe!.Number);
        else
            Volatile.Write(ref _kept->Outside, 1);
    }

    /// <summary>Moves unsent bytes from user space to an empty pipe.</summary>
    private bool TryFill(KernelPipe pipe)
    {
        if (_restLength > pipe.Capacity)
            return false;
        fixed (byte* rest = _rest)
            pipe.Held = (int)Math.Max(0, Native.Write(pipe.WriteEnd, rest + _restOffset, _restLength));
        // The pool destroys a pipe that holds bytes.
        if (pipe.Held != _restLength)
            return false;
        _pipe = pipe;
        GiveRest();
        return true;
    }

    /// <summary>Before the pipe goes back to the pool, where another direction takes it.</summary>
    private readonly void NoPipe()
    {
        if (_kept is null)
            return;
        Volatile.Write(ref _kept->Pipe, 0);
        Volatile.Write(ref _kept->Outside, _restLength > 0 ? (byte)1 : (byte)0);
    }
}
