using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Connection;
using EdgeActors.Listening;
using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeHost.Cli;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>This process's connection to its keeper, and what the keeper had of the process before.</summary>
internal sealed class KeeperSession : IDisposable
{
    /// <summary>Names the descriptor of the socket.</summary>
    public const string Variable = "EDGE_KEEPER_FD";

    /// <summary>More clients than are accepted between two notes of the last id.</summary>
    private const long IdGap = 1 << 20;

    private static readonly TimeSpan SyncTimeout = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly Dictionary<int, (int Read, int Write)> _pipes = [];
    private readonly Dictionary<long, (int Slot, ConnectionHandover? Facts, int[] Fds)> _connections = [];
    private readonly List<TransferredSocket> _sockets = [];
    private KeptSlots? _slots;
    private long _syncs;

    private KeeperSession(Socket socket) => _socket = socket;

    public KeeperChannel Channel { get; private set; } = null!;

    /// <summary>Null: there was no process before.</summary>
    public ReceivedHandover? Handover { get; private set; }

    /// <summary>When the process before has ended.</summary>
    public long Since { get; private set; }

    /// <summary>Whether this process is to serve at once. Otherwise it waits for a crash of another one.</summary>
    public bool IsDue => _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    /// <param name="error">The variable names no socket; null: it does, or is unset.</param>
    /// <returns>Null: this process has no keeper.</returns>
    public static KeeperSession? Attach(out string? error)
    {
        error = null;
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var fd))
            return null;
        Environment.SetEnvironmentVariable(Variable, null);
        try
        {
            return new KeeperSession(SharedSockets.ToSocket(SharedSockets.Inherited(fd)));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            error = $"{Variable}={fd} names no socket; expected it to be unset";
            return null;
        }
    }

    /// <summary>Waits until this process is to serve, and meanwhile collects the items of the process before.</summary>
    /// <returns>False: the keeper has ended.</returns>
    public bool Take()
    {
        if (!IsDue)
            Say(new KeeperHeader(KeeperOp.Standby, KeeperItem.None, 0, 0).ToMessage());
        var (buffer, room) = (new byte[UpgradeMessage.MaxLength], new int[SharedSockets.MaxDescriptors]);
        while (true)
        {
            var length = TryReceive(buffer, Timeout.InfiniteTimeSpan, room, out var count);
            if (length < KeeperHeader.Size)
                return false;
            var header = MemoryMarshal.Read<KeeperHeader>(buffer);
            switch (header.Op)
            {
                case KeeperOp.End:
                    Say(header.ToMessage());
                    Channel = new KeeperChannel(_socket, _slots ?? new KeptSlots(), _pipes.Keys.DefaultIfEmpty().Max())
                    {
                        Received = 2 * (_connections.Count + _pipes.Count),
                    };
                    Since = header.Key;
                    if (_slots is not null)
                        Handover = new ReceivedHandover(_sockets, []) { Generation = _slots.Header.Generation };
                    return true;
                case KeeperOp.Put:
                    Put(header, buffer.AsSpan(KeeperHeader.Size..length), room[..count]);
                    break;
                case KeeperOp.Delete:
                    Delete(header);
                    break;
                case KeeperOp.Clear:
                    Clear();
                    break;
            }
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
                if (UpgradeMessage.Read(description).Prefix is { } prefix)
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

    /// <summary>The connections of the process before; what belongs to none is closed, here and at the keeper. Ids continue.</summary>
    /// <param name="isKept">Whether they are kept on.</param>
    public IReadOnlyList<(ConnectionHandover Connection, bool IsLost)> TakeConnections(bool isKept)
    {
        if (Handover is null)
            return [];
        Link.ContinueAfter(Channel.Slots.Header.LastId + IdGap);
        var taken = new List<(ConnectionHandover, bool)>();
        foreach (var (id, (slot, facts, fds)) in _connections)
        {
            var isLost = false;
            var link = facts is null || fds.Length != 2
                ? null
                : Channel.Slots.Restore(facts.Link, slot, (fds[0], fds[1]), TakePipe, out isLost);
            if (link is null || !isKept)
                Channel.Delete(KeeperItem.Connection, id);
            if (link is null)
                SharedSockets.Close(fds);
            else
                taken.Add((facts! with { Link = link with { FrozenAt = Since } }, isLost));
        }
        Channel.Slots.Continue(taken.Select(static one => one.Item1.Link.KeptSlot).ToHashSet());
        foreach (var (number, ends) in _pipes)
        {
            SharedSockets.Close([ends.Read, ends.Write]);
            Channel.Delete(KeeperItem.Pipe, number);
        }
        _connections.Clear();
        _pipes.Clear();
        return taken;

        (int Read, int Write)? TakePipe(int number) => _pipes.Remove(number, out var ends) ? ends : null;
    }

    /// <summary>This process serves from now on.</summary>
    public void SayReady()
    {
        var prefix = new UpgradeMessage(UpgradeMessage.Yours) { Prefix = ConnectionUniqueId.Prefix }.ToBytes();
        var progress = new KeeperHeader(KeeperOp.Put, KeeperItem.Progress, 0, 0).ToMessage(prefix);
        Say(progress, (int)Channel.Slots.File.DangerousGetHandle());
        Say(new KeeperHeader(KeeperOp.Ready, KeeperItem.None, 0, Environment.ProcessId).ToMessage());
    }

    /// <summary>This process ends in order, so that the keeper does, too.</summary>
    public void SayBye(int code) => Say(new KeeperHeader(KeeperOp.Bye, KeeperItem.None, 0, code).ToMessage());

    /// <summary>Has the keeper close its duplicates of the listening sockets, and waits until it has: no process would accept the
    /// clients that the kernel queues there.</summary>
    public Task ForgetListeners() => Task.Run(() =>
    {
        var sync = new KeeperHeader(KeeperOp.Sync, KeeperItem.None, 0, ++_syncs);
        Say(new KeeperHeader(KeeperOp.Clear, KeeperItem.Listener, 0, 0).ToMessage());
        Say(sync.ToMessage());
        var (buffer, fds) = (new byte[KeeperHeader.Size], new int[SharedSockets.MaxDescriptors]);
        while (TryReceive(buffer, SyncTimeout, fds, out _) == buffer.Length && MemoryMarshal.Read<KeeperHeader>(buffer) != sync)
        {
        }
    });

    /// <summary>A socket with which the process that replaces this one connects to the keeper. The caller closes it.</summary>
    /// <returns>Null: the keeper has ended. The other process starts one of its own.</returns>
    public SafeFileHandle? Extend()
    {
        var (own, other) = SharedSockets.Pair();
        using (own)
        {
            if (Say(new KeeperHeader(KeeperOp.Session, KeeperItem.None, 0, 0).ToMessage(), (int)own.DangerousGetHandle()))
                return other;
        }
        other.Dispose();
        return null;
    }

    public void Dispose()
    {
        Handover?.Dispose();
        Channel?.Dispose();
        _socket.Dispose();
    }

    private int TryReceive(byte[] buffer, TimeSpan within, int[] fds, out int count)
    {
        try
        {
            return SharedSockets.Receive(_socket, buffer, within, fds, out count);
        }
        catch (SocketException)
        {
            // Late, or the keeper has ended.
            count = 0;
            return 0;
        }
    }

    private bool Say(ReadOnlySpan<byte> message, params ReadOnlySpan<int> fds)
    {
        try
        {
            SharedSockets.Send(_socket, message, fds);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
