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
internal sealed partial class Keeper : IDisposable
{
    private const int Interrupt = 2, Terminate = 15, HangUp = 1;

    private readonly List<KeeperClient> _clients = [];
    private readonly byte[] _buffer = new byte[UpgradeMessage.MaxLength];
    private readonly int[] _fds = new int[SharedSockets.MaxDescriptors];
    private readonly List<PosixSignalRegistration> _signals = [];

    /// <summary>Waits for a crash; null: none is there.</summary>
    private KeeperClient? _standby;
    private volatile int[] _processes = [];
    private volatile bool _isStopping;

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

    /// <summary>The process that became ready last.</summary>
    private KeeperClient? Serving => _clients.FindLast(static client => client.IsReady);

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
            while (client.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                var length = SharedSockets.Receive(client.Socket, _buffer, TimeSpan.Zero, _fds, out var count);
                if (length < KeeperHeader.Size)
                    return false;
                Handle(client, MemoryMarshal.Read<KeeperHeader>(_buffer), _buffer.AsSpan(0, length), _fds.AsSpan(0, count));
            }
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
                client.OnTaken((int)header.Key);
                if (client == _leftReceiver)
                    OnLeftTaken();
                break;
            case KeeperOp.HandOver:
                ReceiveFromReplacements(of: client);
                client.HasHandedOver = Serving != client;
                client.Answer(header with { Slot = client.HasHandedOver ? 0 : 1 });
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
                PassLeft();
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
                client.Answer(header);
                break;
        }
        SharedSockets.Close(fds);
    }

    /// <summary>What processes have said that may be ready to serve in place of another one.</summary>
    private void ReceiveFromReplacements(KeeperClient of)
    {
        foreach (var replacement in _clients.Where(one => one.IsReplacement && one != of).ToArray())
            Receive(replacement);
    }

    private void Note(KeeperClient client, KeeperHeader change)
    {
        if (_standby?.Store == client.Store)
            _standby.Note(change);
    }

    /// <summary>The standby gets the items of the process that became ready last.</summary>
    private void MirrorToStandby()
    {
        if (_standby is { IsWaiting: true } standby && Serving is { } serving && standby.Store != serving.Store)
            standby.Mirror(serving.Store);
    }
}
