using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using EdgeActors.Resources;
using EdgeActors.Transport;
using EdgeHost.Cli;

namespace EdgeHost.Handover;

/// <summary>
/// The parent of Edge, where <c>upgrade.keeper</c> is on. It has duplicates of Edge's descriptors. A standby has those of
/// connections, too, and continues after a crash. The keeper reads neither their descriptions nor the configuration, and runs no other
/// part of Edge. Each process has a socket pair of its own with the keeper, so no other user can connect. The end of the pair is the end
/// of the process. docs/upgrade.md has the messages.
/// </summary>
internal sealed class Keeper : IDisposable
{
    /// <summary>Starts in a row that do not become ready, or serve for less than <see cref="Pause"/>.</summary>
    private const int MaxAttempts = 5;

    private const int Interrupt = 2, Terminate = 15, HangUp = 1;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>For the next process to take what it is passed. Doubled at each attempt, as a start takes long on a busy
    /// machine.</summary>
    private static readonly TimeSpan TakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A standby that ends later than this did not fail at its start.</summary>
    private static readonly TimeSpan StandbyLife = TimeSpan.FromMinutes(1);

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
        if (Start() is not { } first)
            return ExitCode.Failed;
        PreviousProcess.ForgetParent();
        first.Pass(null, since: 0);
        while (true)
        {
            NoteProcesses();
            List<Socket> readable = [.. _clients.Select(static client => client.Socket)];
            List<Socket> writable = [.. _clients.Where(static client => client.HasUnsent).Select(static client => client.Socket)];
            Socket.Select(readable, writable, null, UntilLate());
            _clients.ForEach(static client => client.Flush());
            EndLate();
            // The standby first: if it has ended together with the process that serves, another one is started to continue.
            foreach (var client in _clients.Where(client => readable.Contains(client.Socket)).OrderBy(IsServing).ToArray())
            {
                if (!Receive(client) && OnEnded(client) is { } code)
                    return code;
            }
        }
    }

    private bool IsServing(KeeperClient client) => client != _standby;

    private TimeSpan UntilLate() => _clients.Min(static client => client.TakeBy) is not { } first ? Timeout.InfiniteTimeSpan
        : Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), first) is var left && left > TimeSpan.Zero ? left
        : TimeSpan.Zero;

    /// <summary>Ends processes that have not taken what they were passed. The end of their sockets is read afterwards.</summary>
    private void EndLate()
    {
        foreach (var client in _clients.Where(static client => client.TakeBy <= Stopwatch.GetTimestamp()))
        {
            Console.Error.WriteLine($"edge: process {client.ProcessId} does not continue, so it is ended");
            client.TakeBy = null;
            client.Kill();
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

    /// <returns>Null: the program is missing, or there is no room for it (EMFILE, ENOMEM).</returns>
    private KeeperClient? Start()
    {
        try
        {
            var (own, other) = SharedSockets.Pair();
            using (other)
            using (own)
            {
                var start = SelfRestart.Command(SelfRestart.Arguments());
                start.Environment[KeeperSession.Variable] = SharedSockets.Inheritable(other).ToString(CultureInfo.InvariantCulture);
                // Those of the keeper are for no other process (sd_watchdog_enabled(3)).
                start.Environment.Remove("WATCHDOG_PID");
                var process = Process.Start(start);
                var client = new KeeperClient(SharedSockets.ToSocket(own), process);
                _clients.Add(client);
                NoteProcesses();
                return client;
            }
        }
        catch (Exception e) when (e is SocketException or Win32Exception)
        {
            Console.Error.WriteLine($"edge: the next process cannot be started: {e.Message}");
            return null;
        }
    }

    /// <summary>Those that a signal is for.</summary>
    private void NoteProcesses() =>
        _processes = [.. _clients.Where(one => one != _standby && one.ProcessId != 0).Select(static one => one.ProcessId)];

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
                Note(client, header);
                return;
            case KeeperOp.Delete:
                client.Store.Delete(header.Item, header.Key);
                Note(client, header);
                break;
            case KeeperOp.Clear:
                client.Store.Clear(header.Item);
                Note(client, header);
                break;
            case KeeperOp.Standby:
                client.IsWaiting = true;
                MirrorToStandby();
                break;
            case KeeperOp.End:
                client.TakeBy = null;
                break;
            case KeeperOp.Ready:
                client.BecomeReady((int)header.Key);
                _standbys = 0;
                // It is of the program before, which this process has replaced. Its end starts another one.
                if (client.IsReplacement)
                    _standby?.Kill();
                if (_standby is null && !_isStopping)
                    _standby = Start();
                MirrorToStandby();
                break;
            case KeeperOp.Bye:
                client.ExitCode = (int)header.Key;
                break;
            case KeeperOp.Session when fds.Length == 1:
                var next = new KeeperClient(SharedSockets.ToSocket(SharedSockets.Inherited(fds[0])), process: null);
                _clients.Add(next);
                next.Pass(null, since: 0);
                return;
            case KeeperOp.Sync:
                _ = SharedSockets.TrySend(client.Socket, message, default);
                break;
        }
        SharedSockets.Close(fds);
    }

    private void Note(KeeperClient client, KeeperHeader change)
    {
        if (_standby?.Store == client.Store)
            _standby.Note(change);
    }

    /// <summary>The standby gets the items of the process that became ready last.</summary>
    private void MirrorToStandby()
    {
        if (_standby is { IsWaiting: true } standby && _clients.FindLast(static client => client.IsReady) is { } serving
            && standby.Store != serving.Store)
            standby.Mirror(serving.Store);
    }

    /// <returns>The keeper's exit code; null: it goes on.</returns>
    private int? OnEnded(KeeperClient client)
    {
        var since = Stopwatch.GetTimestamp();
        // A process before it may still drain.
        var isLast = _clients.FindLast(one => one != _standby && (one.IsReady || one.Store.Count > 0)) == client;
        _clients.Remove(client);
        client.Socket.Dispose();
        if (client == _standby)
        {
            OnStandbyEnded(client);
            return null;
        }
        if (_clients.Exists(IsServing) && (!isLast || client.ExitCode is not null || _isStopping))
        {
            client.Store.Clear();
            MirrorToStandby();
            return null;
        }
        if (_isStopping || (client.ExitCode is not null && client.IsReady) || (!client.IsReady && client.Store.Count == 0))
            return client.ExitCode ?? client.WaitForExit();
        if (client.IsReady && Stopwatch.GetElapsedTime(client.ReadySince, since) >= Pause)
            _attempts = 0;
        if (++_attempts > MaxAttempts)
        {
            Console.Error.WriteLine($"edge: the process has ended {_attempts} times in a row soon after its start, so the keeper ends");
            return ExitCode.Failed;
        }
        Console.Error.WriteLine($"edge: process {client.ProcessId} has ended unexpectedly, another one continues");
        NoteProcesses();
        if (_attempts > 1)
            Thread.Sleep(Pause);
        if ((_standby ?? Start()) is not { } next)
            return ExitCode.Failed;
        _standby = null;
        // Behind a process that still drains.
        _clients.Remove(next);
        _clients.Add(next);
        next.TakeBy = Stopwatch.GetTimestamp() + ((long)TakeTimeout.TotalSeconds * Stopwatch.Frequency << (_attempts - (next.IsWaiting ? 1 : 0)));
        next.Pass(client.Store, since);
        return null;
    }

    private void OnStandbyEnded(KeeperClient client)
    {
        _standbys = Stopwatch.GetElapsedTime(client.StartedAt) >= StandbyLife ? 1 : _standbys + 1;
        _standby = null;
        if (!_isStopping && _standbys < MaxAttempts)
            _standby = Start();
        if (_standbys >= MaxAttempts)
        {
            Console.Error.WriteLine(
                $"edge: the standby has ended {_standbys} times in a row soon after its start, so there is none until the next crash");
        }
    }
}
