namespace EdgeActors.Settings;

/// <summary>What carries the bytes. <see cref="BufferSize"/> is of the portable transport alone, what comes after it of the Linux one.</summary>
public sealed record TransportSettings
{
    /// <summary>The implementation.</summary>
    public required TransportKind Kind { get; init; }

    /// <summary>Bytes per direction of one connection.</summary>
    public required int BufferSize { get; init; }

    /// <summary>Threads that carry connections, 1 to 1024; null: one per CPU that this process may use.</summary>
    public required int? Reactors { get; init; }

    /// <summary>Whether reactor i is bound to CPU i and takes the connections that this CPU receives; only with one reactor a CPU.</summary>
    public required bool PinReactors { get; init; }

    /// <summary>Bytes asked of the kernel for a pipe, 16 KiB to 64 MiB; it may give fewer.</summary>
    public required int PipeSize { get; init; }

    /// <summary>Pipes of the whole process at once; a connection that gets none is copied. Zero: all are.</summary>
    public required int MaxPipes { get; init; }

    /// <summary>Whether the kernel keeps a connection to itself until its first byte has come.</summary>
    public required bool DeferAccept { get; init; }
}

public enum TransportKind
{
    /// <summary>The best one of this system.</summary>
    Auto,

    /// <summary>Linux: epoll(7), and splice(2) between joined sockets.</summary>
    Epoll,

    /// <summary>System.Net.Sockets, everywhere.</summary>
    Sockets,
}
