using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeActors.Transport;

/// <summary>Progress of one direction of a kept connection. Written by its reactor only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KeptDirection
{
    public long Bytes;

    /// <summary>Timestamp of the last byte or FIN.</summary>
    public long LastAt;

    /// <summary>The kept pipe that bytes in transit may be in; 0: none.</summary>
    public int Pipe;

    /// <summary>1: bytes in transit may be where the keeper has no descriptor: in user space, or in a pipe that is not kept.</summary>
    public byte Outside;

    /// <summary>1: the FIN was received.</summary>
    public byte HasFin;
}

/// <param name="Id">0: free.</param>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal struct KeptSlot
{
    public long Id;
    public KeptDirection Up;
    public KeptDirection Down;
}

/// <summary>A slot for each kept connection in a memory file, which outlives this process: the keeper has its descriptor. The next process
/// continues with the same file.</summary>
public sealed unsafe class KeptSlots : IDisposable
{
    /// <summary>4 MiB, of which only used pages are allocated. The first one is the header.</summary>
    private const int Count = 64 * 1024;

    private readonly Stack<int> _free = new();
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly KeptSlot* _slots;
    private int _used = 1, _inUse;

    /// <param name="file">Of the process before; null: a new one.</param>
    public KeptSlots(SafeFileHandle? file = null)
    {
        File = file ?? SharedSockets.MemoryFile();
        _map = MemoryMappedFile.CreateFromFile(
            File, null, (long)Count * sizeof(KeptSlot), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor();
        byte* first = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        _slots = (KeptSlot*)first;
    }

    public SafeFileHandle File { get; }

    /// <summary>Kept connections.</summary>
    public int InUse => Volatile.Read(ref _inUse);

    /// <summary>For the next process, whose ids and generations continue. Written every second.</summary>
    public (long LastId, long Generation) Header
    {
        get => (_slots->Id, _slots->Up.Bytes);
        set => (_slots->Id, _slots->Up.Bytes) = value;
    }

    internal KeptSlot* this[int slot] => _slots + slot;

    /// <returns>0: none is free.</returns>
    internal int Take(long id)
    {
        lock (_free)
        {
            if (!_free.TryPop(out var slot))
                slot = _used < Count ? _used++ : 0;
            if (slot == 0)
                return 0;
            _slots[slot] = new KeptSlot { Id = id };
            _inUse++;
            return slot;
        }
    }

    internal void Give(int slot)
    {
        lock (_free)
        {
            _slots[slot].Id = 0;
            _free.Push(slot);
            _inUse--;
        }
    }

    /// <summary>Takes the slots of connections of the process before, once. The others are free.</summary>
    public void Continue(IReadOnlySet<int> slots)
    {
        ArgumentNullException.ThrowIfNull(slots);
        _used = _inUse = slots.Count == 0 ? 1 : slots.Max() + 1;
        _inUse--;
        for (var slot = 1; slot < _used; slot++)
        {
            if (!slots.Contains(slot))
                Give(slot);
        }
    }

    /// <summary>The connection as the process before has left it.</summary>
    /// <param name="link">As it was when it was kept.</param>
    /// <param name="takePipe">Both ends of a kept pipe; null: it is unknown.</param>
    /// <param name="isLost">Bytes are lost, or a reset may have been reported to the process before. It has to be reset.</param>
    /// <returns>Null: the slot belongs to another connection, as this one had ended.</returns>
    public LinkHandover? Restore(
        LinkHandover link, int slot, (int Client, int Server) fds, Func<int, (int Read, int Write)?> takePipe, out bool isLost)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(takePipe);
        isLost = false;
        if (slot is <= 0 or >= Count || _slots[slot].Id != link.Id)
            return null;
        var (up, down) = (_slots[slot].Up, _slots[slot].Down);
        isLost = IsLost(up, fds.Client) || IsLost(down, fds.Server);
        return link with
        {
            ClientFd = fds.Client,
            ServerFd = fds.Server,
            KeptSlot = slot,
            LastUp = up.LastAt,
            LastDown = down.LastAt,
            Up = Direction(up, ref isLost),
            Down = Direction(down, ref isLost),
        };

        DirectionHandover Direction(KeptDirection from, ref bool isLost)
        {
            var direction = new DirectionHandover { Bytes = from.Bytes, HasFin = from.HasFin != 0 };
            if (from.Pipe == 0)
                return direction;
            if (takePipe(from.Pipe) is { } ends)
                return direction with { HasPipe = true, PipeNumber = from.Pipe, PipeRead = ends.Read, PipeWrite = ends.Write };
            isLost = true;
            return direction;
        }
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        File.Dispose();
    }

    /// <summary>A reset is reported once, and looks like a FIN afterwards: a closed source without a FIN counts as reset.</summary>
    private static bool IsLost(in KeptDirection direction, int source) =>
        direction.Outside != 0 || (direction.HasFin == 0 && Native.IsClosed(source));
}
