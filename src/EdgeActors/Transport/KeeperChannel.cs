using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EdgeActors.Transport;

public enum KeeperOp : byte
{
    None,

    /// <summary>Keep descriptors and their description.</summary>
    Put,
    Delete,

    /// <summary>Delete all items of a kind.</summary>
    Clear,

    /// <summary>This process serves.</summary>
    Ready,

    /// <summary>This process ends in order, with the exit code.</summary>
    Bye,

    /// <summary>A socket of the next process, for this keeper.</summary>
    Session,

    /// <summary>Answered with the same, once everything before is done.</summary>
    Sync,

    /// <summary>From the keeper: the items of the process before are complete, and this process serves. Answered with the number of this
    /// process.</summary>
    End,

    /// <summary>This process waits for a crash. It gets the items from now on.</summary>
    Standby,

    /// <summary>A process that this one has started is to serve in its place. Answered with the same, and slot 1 if none does: this process
    /// goes on.</summary>
    HandOver,
}

public enum KeeperItem : byte
{
    None,

    /// <summary>The file of <see cref="KeptSlots"/>.</summary>
    Progress,
    Listener,
    Pipe,
    Connection,
}

/// <summary>The first bytes of each message between a process and its keeper; a description follows, which the keeper does not read.</summary>
/// <param name="Key">The item's number; for <see cref="KeeperOp.End"/> the timestamp at which the process before has ended, in its answer
/// the process's number.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct KeeperHeader(KeeperOp Op, KeeperItem Item, int Slot, long Key)
{
    public const int Size = 16;

    public byte[] ToMessage(ReadOnlySpan<byte> description = default)
    {
        var message = new byte[Size + description.Length];
        MemoryMarshal.Write(message, this);
        description.CopyTo(message.AsSpan(Size));
        return message;
    }
}

/// <summary>What a process sends to its keeper. Any thread; no call waits for the keeper.</summary>
public sealed class KeeperChannel(Socket socket, KeptSlots slots, int lastPipe) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<KeeperHeader> _late = new();
    private int _lastPipe = lastPipe;
    private long _missed;
    private volatile bool _gone;

    public Socket Socket => socket;

    public KeptSlots Slots => slots;

    /// <summary>Descriptors of connections and pipes that this process had received before it began to serve.</summary>
    public int Received { get; init; }

    /// <summary>The keeper has ended: nothing more is kept.</summary>
    public bool IsGone => _gone = _gone || HasEnded();

    /// <summary>How often the keeper was too slow to take an item.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    internal int NextPipe() => Interlocked.Increment(ref _lastPipe);

    /// <summary>Once this has returned true, the descriptors outlive the process: the kernel holds those of a sent message.</summary>
    /// <param name="message">Begins with a <see cref="KeeperHeader"/>.</param>
    public bool TryPut(ReadOnlySpan<byte> message, params ReadOnlySpan<int> fds)
    {
        lock (_lock)
        {
            if (Flush() && TrySend(message, fds))
                return true;
        }
        Interlocked.Increment(ref _missed);
        return false;
    }

    public void Delete(KeeperItem item, long key)
    {
        var header = new KeeperHeader(KeeperOp.Delete, item, 0, key);
        lock (_lock)
        {
            if (!Flush() || !TrySend(header))
                _late.Enqueue(header);
        }
    }

    /// <summary>Sends deletions that the keeper was too slow for. Their items are of closed connections and pipes.</summary>
    public bool Flush()
    {
        lock (_lock)
        {
            while (_late.TryPeek(out var header))
            {
                if (!TrySend(header))
                    return false;
                _late.Dequeue();
            }
            return true;
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        slots.Dispose();
    }

    private bool HasEnded()
    {
        try
        {
            return socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && socket.Receive(new byte[1], SocketFlags.Peek) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private bool TrySend(KeeperHeader header)
    {
        Span<byte> message = stackalloc byte[KeeperHeader.Size];
        MemoryMarshal.Write(message, header);
        return TrySend(message, default);
    }

    private bool TrySend(ReadOnlySpan<byte> message, ReadOnlySpan<int> fds)
    {
        if (_gone)
            return false;
        var error = SharedSockets.TrySend(socket, message, fds);
        // EAGAIN, ETOOMANYREFS: the keeper is slow.
        if (error is Errno.BrokenPipe or Errno.ConnectionReset or Errno.BadFile)
            _gone = true;
        return error == 0;
    }
}
