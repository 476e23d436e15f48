using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Connection;
using EdgeActors.Listening;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>Items that the keeper passes on.</summary>
internal sealed partial class KeeperSession
{
    private readonly Dictionary<int, (int Read, int Write)> _pipes = [];
    private readonly Dictionary<long, (int Slot, ConnectionHandover? Facts, int[] Fds)> _connections = [];
    private readonly List<TransferredSocket> _sockets = [];
    private KeptSlots? _slots;

    /// <summary>When the process whose items are here has ended; null: they are not complete.</summary>
    private long? _end;

    private long TakeEnd()
    {
        var end = _end!.Value;
        _end = null;
        return end;
    }

    /// <summary>Receives a message, and notes what it says.</summary>
    /// <returns>False: not in time, or the keeper has ended.</returns>
    private bool TryReceive(byte[] buffer, TimeSpan within, out KeeperHeader header)
    {
        header = default;
        var fds = new int[SharedSockets.MaxDescriptors];
        try
        {
            var length = SharedSockets.Receive(_socket, buffer, within, fds, out var count);
            if (length < KeeperHeader.Size)
                return false;
            header = MemoryMarshal.Read<KeeperHeader>(buffer);
            switch (header.Op)
            {
                case KeeperOp.End:
                    _end = header.Key;
                    Say((header with { Key = Environment.ProcessId }).ToMessage());
                    break;
                case KeeperOp.Put:
                    Put(header, buffer.AsSpan(KeeperHeader.Size..length), fds[..count]);
                    break;
                case KeeperOp.Delete:
                    Delete(header);
                    break;
                case KeeperOp.Clear:
                    Clear();
                    break;
            }
            return true;
        }
        catch (SocketException)
        {
            // Late, or the keeper has ended.
            return false;
        }
    }

    private void Put(KeeperHeader header, ReadOnlySpan<byte> description, int[] fds)
    {
        Delete(header);
        switch (header.Item)
        {
            case KeeperItem.Progress when fds is [var file]:
                _slots?.Dispose();
                _slots = new KeptSlots(new SafeFileHandle(file, ownsHandle: true));
                // This process has its own by the time that it serves.
                if (Channel is null && UpgradeMessage.Read(description).Prefix is { } prefix)
                    ConnectionUniqueId.Prefix = prefix;
                break;
            case KeeperItem.Listener when fds is [var listener]
                && UpgradeMessage.Read(description) is { Owner: { } owner, Bind: { } bind }:
                _sockets.Add(new TransferredSocket(owner, BindSettings.Read(bind)!, new SafeFileHandle(listener, ownsHandle: true)));
                break;
            case KeeperItem.Pipe when fds is [var read, var write]:
                _pipes[(int)header.Key] = (read, write);
                break;
            case KeeperItem.Connection:
                _connections[header.Key] = (header.Slot, HandoverBatch.ReadConnection(description), fds);
                break;
            default:
                SharedSockets.Close(fds);
                break;
        }
    }

    private void Delete(KeeperHeader header)
    {
        if (header.Item == KeeperItem.Connection && _connections.Remove(header.Key, out var connection))
            SharedSockets.Close(connection.Fds);
        else if (header.Item == KeeperItem.Pipe && _pipes.Remove((int)header.Key, out var pipe))
            SharedSockets.Close(pipe.Read, pipe.Write);
    }

    private void Clear()
    {
        foreach (var (_, _, fds) in _connections.Values)
            SharedSockets.Close(fds);
        foreach (var (read, write) in _pipes.Values)
            SharedSockets.Close(read, write);
        _connections.Clear();
        _pipes.Clear();
        _slots?.Dispose();
        _slots = null;
    }

    private List<(ConnectionHandover Connection, bool IsLost)> Restore(KeptSlots slots, long since)
    {
        var restored = new List<(ConnectionHandover, bool)>();
        foreach (var (slot, facts, fds) in _connections.Values)
        {
            var isLost = false;
            var link = facts is null || fds.Length != 2
                ? null
                : slots.Restore(facts.Link, slot, (fds[0], fds[1]), TakePipe, out isLost);
            if (link is null)
                SharedSockets.Close(fds);
            else
                restored.Add((facts! with { Link = link with { FrozenAt = since } }, isLost));
        }
        _connections.Clear();
        return restored;

        (int Read, int Write)? TakePipe(int number) => _pipes.Remove(number, out var ends) ? ends : null;
    }
}
