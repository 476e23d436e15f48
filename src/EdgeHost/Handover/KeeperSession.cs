using System.Globalization;
using System.Net.Sockets;
using EdgeActors.Connection;
using EdgeActors.Listening;
using EdgeActors.Protocol;
using EdgeActors.Transport;
using EdgeHost.Cli;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>This process's connection to its keeper, and what the keeper had of the process before.</summary>
internal sealed partial class KeeperSession : IDisposable
{
    /// <summary>Names the descriptor of the socket.</summary>
    public const string Variable = "EDGE_KEEPER_FD";

    /// <summary>More clients than are accepted between two notes of the last id.</summary>
    public const long IdGap = 1 << 20;

    private static readonly TimeSpan SyncTimeout = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private long _syncs;

    private KeeperSession(Socket socket) => _socket = socket;

    public KeeperChannel Channel { get; private set; } = null!;

    /// <summary>Null: there was no process before.</summary>
    public ReceivedHandover? Handover { get; private set; }

    /// <summary>When the process before has ended.</summary>
    public long Since { get; private set; }

    /// <summary>Whether the keeper has said something. At the start: this process is to serve at once. Otherwise it waits for a crash of
    /// another one.</summary>
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
        var buffer = new byte[UpgradeMessage.MaxLength];
        while (_end is null)
        {
            if (!TryReceive(buffer, Timeout.InfiniteTimeSpan, out _))
                return false;
        }
        Channel = new KeeperChannel(_socket, _slots ?? new KeptSlots(), _pipes.Keys.DefaultIfEmpty().Max())
        {
            Received = 2 * (_connections.Count + _pipes.Count),
        };
        Since = TakeEnd();
        if (_slots is not null)
            Handover = new ReceivedHandover(_sockets, []) { Generation = _slots.Header.Generation };
        _slots = null;
        return true;
    }

    /// <summary>The connections of the process before; what belongs to none is closed, here and at the keeper. Ids continue.</summary>
    /// <param name="isKept">Whether they are kept on.</param>
    public IReadOnlyList<(ConnectionHandover Connection, bool IsLost)> TakeConnections(bool isKept)
    {
        if (Handover is null)
            return [];
        Link.ContinueAfter(Channel.Slots.Header.LastId + IdGap);
        long[] ids = [.. _connections.Keys];
        var taken = Restore(Channel.Slots, Since);
        foreach (var id in isKept ? ids.Except(taken.Select(static one => one.Connection.Link.Id)) : ids)
            Channel.Delete(KeeperItem.Connection, id);
        Channel.Slots.Continue(taken.Select(static one => one.Connection.Link.KeptSlot).ToHashSet());
        foreach (var number in _pipes.Keys)
            Channel.Delete(KeeperItem.Pipe, number);
        Clear();
        return taken;
    }

    /// <summary>The connections of a process that had handed over to this one, or to one before, and has ended unexpectedly since. They are
    /// not kept yet.</summary>
    /// <param name="since">When it has ended.</param>
    public IReadOnlyList<(ConnectionHandover Connection, bool IsLost)> TakeLeft(out long since)
    {
        since = 0;
        var buffer = new byte[UpgradeMessage.MaxLength];
        while (_end is null)
        {
            // The rest comes later.
            if (!IsDue || !TryReceive(buffer, TimeSpan.Zero, out _))
                return [];
        }
        since = TakeEnd();
        var taken = _slots is null ? [] : Restore(_slots, since);
        Clear();
        return taken;
    }

    /// <summary>This process serves from now on.</summary>
    public void SayReady()
    {
        KeepProgress();
        Say(new KeeperHeader(KeeperOp.Ready, KeeperItem.None, 0, Environment.ProcessId).ToMessage());
    }

    /// <summary>With the prefix of unique ids, which the process before may have named.</summary>
    public void KeepProgress()
    {
        var prefix = new UpgradeMessage(UpgradeMessage.Yours) { Prefix = ConnectionUniqueId.Prefix }.ToBytes();
        var progress = new KeeperHeader(KeeperOp.Put, KeeperItem.Progress, 0, 0).ToMessage(prefix);
        Say(progress, (int)Channel.Slots.File.DangerousGetHandle());
    }

    /// <summary>This process ends in order, so that the keeper does, too.</summary>
    public void SayBye(int code) => Say(new KeeperHeader(KeeperOp.Bye, KeeperItem.None, 0, code).ToMessage());

    /// <summary>Has the keeper close its duplicates of the listening sockets, and waits until it has: no process would accept the
    /// clients that the kernel queues there.</summary>
    /// <param name="ask">Sync, or HandOver.</param>
    /// <returns>The keeper's answer; null: none.</returns>
    public Task<KeeperHeader?> ForgetListeners(KeeperOp ask) => Task.Run(() =>
    {
        var question = new KeeperHeader(ask, KeeperItem.None, 0, ++_syncs);
        Say(new KeeperHeader(KeeperOp.Clear, KeeperItem.Listener, 0, 0).ToMessage());
        Say(question.ToMessage());
        var buffer = new byte[UpgradeMessage.MaxLength];
        while (TryReceive(buffer, SyncTimeout, out var answer))
        {
            if (answer with { Slot = 0 } == question)
                return answer;
        }
        return (KeeperHeader?)null;
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
