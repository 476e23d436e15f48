namespace EdgeActors.Transport.Epoll;

/// <summary>A direction at rest: it goes to another process, or comes from one.</summary>
internal unsafe partial struct Direction
{
    /// <summary>The state for another process, or for <see cref="Thaw"/>.</summary>
    public readonly DirectionHandover Freeze(PipePool pipes, long bytes)
    {
        pipes.Count(_pipe, isFrozen: true);
        return new DirectionHandover
        {
            Bytes = bytes,
            HasFin = _eof,
            Finished = Finished,
            Held = _restLength == 0 ? default : _rest.AsMemory(_restOffset, _restLength),
            HeldLength = _restLength,
            HasPipe = _pipe is not null,
            PipeRead = _pipe?.ReadEnd ?? -1,
            PipeWrite = _pipe?.WriteEnd ?? -1,
        };
    }

    public readonly void Thaw(PipePool pipes) => pipes.Count(_pipe, isFrozen: false);

    /// <summary>Another process has the frozen direction.</summary>
    public void GiveAway(PipePool pipes)
    {
        if (_pipe is not null)
            pipes.Close(_pipe);
        _pipe = null;
        GiveRest();
    }

    /// <summary>Continues a frozen direction of another process; it is frozen here, too.</summary>
    public void Restore(DirectionHandover from)
    {
        (Finished, _eof) = (from.Finished, from.HasFin);
        if (from.HeldLength > 0)
            Keep(from.Held.Span);
        if (from.HasPipe)
            _pipe = KernelPipe.Of(from.PipeRead, from.PipeWrite, from.PipeNumber);
    }
}
