namespace EdgeActors.Transport.Epoll;

/// <summary>A kernel pipe: splice(2) moves bytes from socket to socket without copying them to user space.</summary>
internal sealed class KernelPipe
{
    public int ReadEnd { get; init; }

    public int WriteEnd { get; init; }

    public int Capacity { get; init; }

    public int Held { get; set; }

    /// <summary>Its number at the keeper; 0: the keeper does not have it.</summary>
    public int Number { get; set; }

    /// <summary>A pipe of another process, with the bytes in it.</summary>
    public static KernelPipe Of(int readEnd, int writeEnd, int number) => new()
    {
        Number = number,
        ReadEnd = readEnd,
        WriteEnd = writeEnd,
        Capacity = Native.FileControl(writeEnd, Native.FGetPipeSize, 0),
        Held = Native.Unread(readEnd),
    };

    public void Close()
    {
        _ = Native.Close(ReadEnd);
        _ = Native.Close(WriteEnd);
    }
}

/// <summary>The pipes of one reactor. A direction returns its pipe when empty; a pipe with bytes is destroyed, since they would leak into
/// another connection. Bounded: without a pipe, a direction copies.</summary>
internal sealed unsafe class PipePool(int max, int size) : IDisposable
{
    /// <summary>Maximum of idle pipes. Opening a pipe costs three system calls, an idle one two descriptors.</summary>
    private const int MaxIdle = 64;

    /// <summary>Above fs.pipe-user-pages-soft an unprivileged user gets pipes of one or two pages; copying is faster than those.</summary>
    private const int Worthwhile = 16 * 1024;

    private readonly Stack<KernelPipe> _idle = new();
    private int _open;
    private long _refused, _fallbacks;

    /// <summary>Null: nothing is kept.</summary>
    public KeeperChannel? Keeper { get; init; }

    public int Open => Volatile.Read(ref _open);

    /// <summary>How often no pipe was available.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Directions that splice(2) could not carry.</summary>
    public long Fallbacks => Volatile.Read(ref _fallbacks);

    public void FellBack() => Volatile.Write(ref _fallbacks, _fallbacks + 1);

    public KernelPipe? TryTake()
    {
        if (_idle.TryPop(out var pipe))
            return pipe;
        if (_open >= max || (pipe = New()) is null)
        {
            Volatile.Write(ref _refused, _refused + 1);
            return null;
        }
        _open++;
        return pipe;
    }

    public void Give(KernelPipe pipe)
    {
        if (pipe.Held == 0 && _idle.Count < MaxIdle)
            _idle.Push(pipe);
        else
            Destroy(pipe);
    }

    /// <summary>Has the keeper take the pipe, if it has not yet.</summary>
    public bool TryKeep(KernelPipe pipe)
    {
        if (pipe.Number != 0 || Keeper is not { } keeper)
            return pipe.Number != 0;
        var header = new KeeperHeader(KeeperOp.Put, KeeperItem.Pipe, 0, keeper.NextPipe());
        if (!keeper.TryPut(header.ToMessage(), [pipe.ReadEnd, pipe.WriteEnd]))
            return false;
        pipe.Number = (int)header.Key;
        return true;
    }

    /// <summary>Closes this process's descriptors.</summary>
    public void Close(KernelPipe pipe)
    {
        pipe.Close();
        if (pipe.Number != 0)
            Keeper?.Delete(KeeperItem.Pipe, pipe.Number);
    }

    /// <summary>A frozen link's pipe is not counted: it may be on its way to another process.</summary>
    public void Count(KernelPipe? pipe, bool isFrozen)
    {
        if (pipe is not null)
            _open += isFrozen ? -1 : 1;
    }

    public void Dispose()
    {
        while (_idle.TryPop(out var pipe))
            Destroy(pipe);
    }

    private void Destroy(KernelPipe pipe)
    {
        Close(pipe);
        _open--;
    }

    private KernelPipe? New()
    {
        var ends = stackalloc int[2];
        if (Native.Pipe(ends, Native.OpenNonBlock | Native.OpenCloExec) < 0)
            return null;
        // EPERM above fs.pipe-max-size or the user's page quota: the default size is used.
        _ = Native.FileControl(ends[1], Native.FSetPipeSize, size);
        var capacity = Native.FileControl(ends[1], Native.FGetPipeSize, 0);
        if (capacity >= Worthwhile)
            return new KernelPipe { ReadEnd = ends[0], WriteEnd = ends[1], Capacity = capacity };
        _ = Native.Close(ends[0]);
        _ = Native.Close(ends[1]);
        return null;
    }
}
