using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Resources;
using EdgeActors.Transport;
using EdgeHost.Cli;

namespace EdgeHost.Handover;

/// <summary>
/// The parent of Edge, where <c>upgrade.keeper</c> is on. It has duplicates of Edge's descriptors and starts the next process after a crash.
/// It reads no description of theirs, no configuration, and has no other part of Edge in it.
/// <code>
///   Edge  ---- put ITEM KEY, with descriptors -------->  keeper     listening sockets, pipes, connections, the memory file
///         ---- delete ITEM KEY, clear ITEM ----------->
///         ---- ready PID ----------------------------->             it serves; the keeper starts a standby for the next crash
///         ---- session, with a socket ---------------->             for the process that replaces this one
///         ---- sync ----&gt;  &lt;---- sync ----------------
///         ---- bye CODE ------------------------------>             the keeper ends, too
///         &lt;--- put ITEM KEY, with descriptors, end ----             to the standby, after a crash; else only end, at once
/// </code>
/// Each process has a socket pair of its own with the keeper, so no other user can connect. The end of the pair is the end of the process.
/// </summary>
internal sealed class Keeper : IDisposable
{
    /// <summary>Starts in a row that do not become ready, or serve for less than <see cref="Pause"/>.</summary>
    private const int MaxAttempts = 5;

    private const int Interrupt = 2, Terminate = 15, HangUp = 1, KillNow = 9;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly List<KeeperClient> _clients = [];
    private readonly byte[] _buffer = new byte[UpgradeMessage.MaxLength];
    private readonly int[] _fds = new int[SharedSockets.MaxDescriptors];
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <summary>Waits for a crash; null: none is there.</summary>
    private KeeperClient? _standby;
    private volatile int[] _processes = [];
    private volatile bool _isStopping;
    private int _attempts, _standbys;

    /// <returns>The exit code.</returns>
    public int Run()
    {
        OpenFiles.RaiseLimit();
        Forward(PosixSignal.SIGINT, Interrupt);
        Forward(PosixSignal.SIGTERM, Terminate);
        Forward(PosixSignal.SIGHUP, HangUp);
        var first = Start();
        PreviousProcess.ForgetParent();
        first.Pass(KeeperStore.Empty, since: 0);
        while (true)
        {
            List<Socket> readable = [.. _clients.Select(static client => client.Socket)];
            Socket.Select(readable, null, null, Timeout.InfiniteTimeSpan);
            foreach (var client in _clients.Where(client => readable.Contains(client.Socket)).ToArray())
            {
                if (!Receive(client) && OnEnded(client) is { } code)
                    return code;
            }
        }
    }

    public void Dispose()
    {
        _signals.ForEach(static signal => signal.Dispose());
        _clients.ForEach(static client => client.Dispose());
    }

    private void Forward(PosixSignal signal, int number) => _signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _isStopping |= signal != PosixSignal.SIGHUP;
        foreach (var process in _processes)
            _ = Native.Kill(process, number);
    }));

    private KeeperClient Start()
    {
        var (own, other) = SharedSockets.Pair();
        using (other)
        {
            var start = SelfRestart.Command(SelfRestart.Arguments());
            start.Environment[KeeperSession.Variable] = SharedSockets.Inheritable(other).ToString(CultureInfo.InvariantCulture);
            // Those of the keeper are for no other process (sd_watchdog_enabled(3)).
            start.Environment.Remove("WATCHDOG_PID");
            var client = new KeeperClient(SharedSockets.ToSocket(own), Process.Start(start));
            Add(client);
            return client;
        }
    }

    /// <summary>Again, too, when its id or role has changed.</summary>
    private void Add(KeeperClient client)
    {
        if (!_clients.Contains(client))
            _clients.Add(client);
        _processes = [.. _clients.Where(one => one != _standby && one.ProcessId != 0).Select(static one => one.ProcessId)];
    }

    /// <returns>False: the process has ended.</returns>
    private bool Receive(KeeperClient client)
    {
        try
        {
            do
            {
                var length = SharedSockets.Receive(client.Socket, _buffer, TimeSpan.Zero, _fds, out var count);
                if (length < KeeperHeader.Size)
                    return false;
                Handle(client, MemoryMarshal.Read<KeeperHeader>(_buffer), _buffer.AsSpan(0, length), _fds.AsSpan(0, count));
            }
            while (client.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Handle(KeeperClient client, KeeperHeader header, ReadOnlySpan<byte> message, ReadOnlySpan<int> fds)
    {
        switch (header.Op)
        {
            case KeeperOp.Put:
                client.Store.Put(header, message.ToArray(), fds.ToArray());
                return;
            case KeeperOp.Delete:
                client.Store.Delete(header.Item, header.Key);
                break;
            case KeeperOp.Clear:
                client.Store.Clear(header.Item);
                break;
            case KeeperOp.Ready:
                client.BecomeReady((int)header.Key);
                _standbys = 0;
                if (_standby is null && !_isStopping)
                    _standby = Start();
                Add(client);
                break;
            case KeeperOp.Bye:
                client.ExitCode = (int)header.Key;
                break;
            case KeeperOp.Session when fds.Length == 1:
                var next = new KeeperClient(SharedSockets.ToSocket(SharedSockets.Inherited(fds[0])), process: null);
                Add(next);
                next.Pass(KeeperStore.Empty, since: 0);
                return;
            case KeeperOp.Sync:
                _ = SharedSockets.TrySend(client.Socket, message, default);
                break;
        }
        SharedSockets.Close(fds);
    }

    /// <returns>The keeper's exit code; null: it goes on.</returns>
    private int? OnEnded(KeeperClient client)
    {
        var since = Stopwatch.GetTimestamp();
        _clients.Remove(client);
        client.Socket.Dispose();
        if (client == _standby)
        {
            _standby = !_isStopping && ++_standbys < MaxAttempts ? Start() : null;
            return null;
        }
        if (_clients.Exists(other => other != _standby && (client.ExitCode is not null || other.IsReady)))
        {
            client.Store.Clear();
            return null;
        }
        if (_isStopping || (client.ExitCode is not null && client.IsReady) || (!client.IsReady && client.Store.IsEmpty))
            return client.ExitCode ?? client.WaitForExit();
        if (client.IsReady && Stopwatch.GetElapsedTime(client.ReadySince, since) >= Pause)
            _attempts = 0;
        if (++_attempts > MaxAttempts)
        {
            Console.Error.WriteLine($"edge: the process has ended {_attempts} times in a row soon after its start, so the keeper ends");
            return ExitCode.Failed;
        }
        Console.Error.WriteLine($"edge: process {client.ProcessId} has ended unexpectedly, another one continues");
        if (_attempts > 1)
            Thread.Sleep(Pause);
        var next = _standby ?? Start();
        _standby = null;
        Add(next);
        if (!next.Pass(client.Store, since))
            _ = Native.Kill(next.ProcessId, KillNow);
        return null;
    }
}

/// <summary>An Edge process as its keeper sees it.</summary>
/// <param name="process">Null: another process has started it.</param>
internal sealed class KeeperClient(Socket socket, Process? process) : IDisposable
{
    public Socket Socket => socket;

    public KeeperStore Store { get; private set; } = new();

    /// <summary>0: not known before it is ready.</summary>
    public int ProcessId { get; private set; } = process?.Id ?? 0;

    public bool IsReady => ReadySince != 0;

    public long ReadySince { get; private set; }

    /// <summary>Null: it has not said that it ends.</summary>
    public int? ExitCode { get; set; }

    public void BecomeReady(int id) => (ProcessId, ReadySince) = (id, Stopwatch.GetTimestamp());

    /// <summary>Passes on what the process before had. The keeper goes on to have it.</summary>
    /// <returns>False: the process does not take it.</returns>
    public bool Pass(KeeperStore store, long since)
    {
        if (store != KeeperStore.Empty)
            Store = store;
        try
        {
            foreach (var (message, fds) in store.Items)
                SharedSockets.Send(socket, message, fds);
            SharedSockets.Send(socket, new KeeperHeader(KeeperOp.End, KeeperItem.None, 0, since).ToMessage());
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
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
}

/// <summary>Descriptors of one process, each with the message that they came with.</summary>
internal sealed class KeeperStore
{
    public static readonly KeeperStore Empty = new();

    private readonly Dictionary<(KeeperItem Item, long Key), (byte[] Message, int[] Fds)> _items = [];

    public bool IsEmpty => _items.Count == 0;

    public IEnumerable<(byte[] Message, int[] Fds)> Items => _items.Values;

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

    /// <param name="item">Null: all.</param>
    public void Clear(KeeperItem? item = null)
    {
        foreach (var (kind, key) in _items.Keys.Where(one => item is null || one.Item == item).ToArray())
            Delete(kind, key);
    }
}
