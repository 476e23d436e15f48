using System.Diagnostics;
using System.Net.Sockets;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>An Edge process as its keeper sees it. No send waits for the process, which may be slow or stopped.</summary>
/// <param name="process">Null: another process has started it.</param>
internal sealed class KeeperClient(Socket socket, Process? process) : IDisposable
{
    private const int SigKill = 9;

    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(1);

    private readonly Queue<(KeeperStore Store, KeeperHeader Header)> _unsent = new();

    public Socket Socket => socket;

    /// <summary>Of this process; of a standby, that of the process that serves.</summary>
    public KeeperStore Store { get; private set; } = new();

    /// <summary>0: unknown, as another process is starting it.</summary>
    public int ProcessId { get; private set; } = process?.Id ?? 0;

    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    public bool IsReady => ReadySince != 0;

    public long ReadySince { get; private set; }

    /// <summary>It is compiled and waits for a crash.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>The deadline for taking what it was passed; null: none, or it has taken it.</summary>
    public long? TakeBy { get; set; }

    /// <summary>Another process serves in its place; it drains.</summary>
    public bool HasHandedOver { get; set; }

    /// <summary>Null: it has not said that it ends.</summary>
    public int? ExitCode { get; set; }

    public bool HasUnsent => _unsent.Count > 0;

    public void BecomeReady(int id) => (ProcessId, ReadySince) = (id, Stopwatch.GetTimestamp());

    /// <summary>It has taken what it was passed.</summary>
    /// <param name="id">Its process.</param>
    public void OnTaken(int id) => (ProcessId, TakeBy) = (process?.Id ?? id, null);

    /// <summary>Sends the items of another process, and from now on their changes. Not listening sockets: clients would queue at a socket
    /// that the other process has closed and this one has not.</summary>
    public void Mirror(KeeperStore store)
    {
        Store = store;
        _unsent.Clear();
        Enqueue(new KeeperHeader(KeeperOp.Clear, KeeperItem.None, 0, 0));
        Put(store, static item => item != KeeperItem.Listener);
        Flush();
    }

    /// <summary>Passes on a change of <see cref="Store"/>.</summary>
    public void Note(KeeperHeader change)
    {
        if (change.Item == KeeperItem.Listener)
            return;
        Enqueue(change);
        // It is slow, and all items are fewer than the queued changes.
        if (_unsent.Count > 1000 + (2 * Store.Count))
            Mirror(Store);
        else
            Flush();
    }

    /// <summary>It is to serve, with what the process before had. The keeper goes on to have it.</summary>
    public void Pass(KeeperStore? store, long since)
    {
        if (store is not null && Store != store)
            Mirror(store);
        Put(Store, static item => item == KeeperItem.Listener);
        Enqueue(new KeeperHeader(KeeperOp.End, KeeperItem.None, 0, since));
        Flush();
    }

    /// <summary>It serves, and is to continue the connections of another process, too.</summary>
    public void PassConnections(KeeperStore store, long since)
    {
        Put(store, static item => item != KeeperItem.Listener);
        Enqueue(new KeeperHeader(KeeperOp.End, KeeperItem.None, 0, since));
        Flush();
    }

    /// <summary>Sends as much as it takes now.</summary>
    public void Flush()
    {
        while (_unsent.TryPeek(out var next))
        {
            // EAGAIN, ETOOMANYREFS: it is slow. EPIPE: the end of its socket is read, too.
            if (!TrySend(next.Store, next.Header))
                return;
            _unsent.Dequeue();
        }
    }

    /// <summary>Started by the process that it replaces.</summary>
    public bool IsReplacement => process is null;

    public void Kill()
    {
        if (process is not null)
            process.Kill();
        else if (ProcessId != 0)
            _ = Native.Kill(ProcessId, SigKill);
    }

    /// <summary>Kills it and waits for its end, one second at most.</summary>
    public void KillAndWait()
    {
        Kill();
        if (ProcessId != 0)
            _ = socket.Poll(KillTimeout, SelectMode.SelectRead);
    }

    /// <summary>After all that was sent before.</summary>
    public void Answer(KeeperHeader header)
    {
        Enqueue(header);
        Flush();
    }

    /// <returns>Its exit code; 1: it is unknown.</returns>
    public int WaitForExit() =>
        process is not null && process.WaitForExit(TimeSpan.FromSeconds(5)) ? process.ExitCode : Cli.ExitCode.Failed;

    public void Dispose()
    {
        socket.Dispose();
        Store.Clear();
        process?.Dispose();
    }

    private void Enqueue(KeeperHeader header) => _unsent.Enqueue((Store, header));

    private void Put(KeeperStore store, Func<KeeperItem, bool> which)
    {
        foreach (var (item, key) in store.Keys.Where(one => which(one.Item)))
            _unsent.Enqueue((store, new KeeperHeader(KeeperOp.Put, item, 0, key)));
    }

    private bool TrySend(KeeperStore store, KeeperHeader header)
    {
        if (header.Op != KeeperOp.Put)
            return SharedSockets.TrySend(socket, header.ToMessage(), default) == 0;
        // Not found: deleted since.
        return store.Find(header.Item, header.Key) is not { } item || SharedSockets.TrySend(socket, item.Message, item.Fds) == 0;
    }
}

/// <summary>Descriptors of one process, each with the message that they came with.</summary>
internal sealed class KeeperStore
{
    private readonly Dictionary<(KeeperItem Item, long Key), (byte[] Message, int[] Fds)> _items = [];

    public int Count => _items.Count;

    public IEnumerable<(KeeperItem Item, long Key)> Keys => _items.Keys;

    public bool Has(KeeperItem item) => _items.Keys.Any(key => key.Item == item);

    public (byte[] Message, int[] Fds)? Find(KeeperItem item, long key) => _items.TryGetValue((item, key), out var found) ? found : null;

    public void Put(KeeperHeader header, byte[] message, int[] fds)
    {
        Delete(header.Item, header.Key);
        _items[(header.Item, header.Key)] = (message, fds);
    }

    public void Delete(KeeperItem item, long key)
    {
        if (_items.Remove((item, key), out var old))
            SharedSockets.Close(old.Fds);
    }

    /// <param name="item">None: all.</param>
    public void Clear(KeeperItem item = KeeperItem.None)
    {
        foreach (var (kind, key) in _items.Keys.Where(one => item == KeeperItem.None || one.Item == item).ToArray())
            Delete(kind, key);
    }
}
