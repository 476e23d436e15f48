using System.Diagnostics;
using EdgeActors.Transport;
using EdgeHost.Cli;

namespace EdgeHost.Handover;

/// <summary>What happens when a process has ended.</summary>
internal sealed partial class Keeper
{
    /// <summary>Starts in a row that do not become ready, or serve for less than <see cref="Pause"/>.</summary>
    private const int MaxAttempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>For the next process to take what it is passed. Doubled at each attempt, as a start takes long on a busy
    /// machine.</summary>
    private static readonly TimeSpan TakeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>A standby that ends later than this did not fail at its start.</summary>
    private static readonly TimeSpan StandbyLife = TimeSpan.FromMinutes(1);

    /// <summary>Items of processes that had handed over, or begun to, when they ended unexpectedly. The process that serves continues with
    /// the connections.</summary>
    private readonly Queue<(KeeperStore Store, long Since)> _left = new();

    /// <summary>The process that was passed the first of <see cref="_left"/>; null: none.</summary>
    private KeeperClient? _leftReceiver;
    private int _attempts, _standbys;

    /// <returns>The keeper's exit code; null: it goes on.</returns>
    private int? OnEnded(KeeperClient client)
    {
        var since = Stopwatch.GetTimestamp();
        ReceiveFromReplacements(of: client);
        // A process before it may still drain.
        var isLast = _clients.FindLast(one => one != _standby && (one.IsReady || one.Store.Count > 0)) == client;
        _clients.Remove(client);
        client.Socket.Dispose();
        if (client == _leftReceiver)
            _leftReceiver = null;
        if (client == _standby)
        {
            OnStandbyEnded(client);
            return null;
        }
        // A process that has not handed over yet goes on, whatever becomes of its replacement.
        if (_clients.Exists(IsServing)
            && (!isLast || client is { ExitCode: not null, IsReady: true } || _isStopping || Serving is { HasHandedOver: false }))
        {
            if (client.ExitCode is null && !_isStopping && client.Store.Has(KeeperItem.Connection))
                _left.Enqueue((client.Store, since));
            else
                client.Store.Clear();
            MirrorToStandby();
            PassLeft();
            return null;
        }
        if (_isStopping || (client.ExitCode is not null && client.IsReady) || (!client.IsReady && client.Store.Count == 0))
            return client.ExitCode ?? client.WaitForExit();
        if (client.IsReady && Stopwatch.GetElapsedTime(client.ReadySince, since) >= Pause)
            _attempts = 0;
        var isMisconfigured = client.ExitCode == ExitCode.BadConfiguration;
        if (!isMisconfigured && ++_attempts > MaxAttempts)
        {
            Console.Error.WriteLine($"edge: the process has ended {_attempts} times in a row soon after its start, so the keeper ends");
            return ExitCode.Failed;
        }
        Console.Error.WriteLine(isMisconfigured
            ? "edge: connections wait until the configuration has no error"
            : $"edge: process {client.ProcessId} has ended unexpectedly, another one continues");
        NoteProcesses();
        // A replacement that is not ready owns no connection, but would serve beside the next process.
        foreach (var replacement in _clients.Where(static one => one is { IsReplacement: true, IsReady: false }).ToArray())
            replacement.KillAndWait();
        if (_attempts > 1 || isMisconfigured)
            Thread.Sleep(Pause);
        if (_isStopping)
            return client.ExitCode ?? client.WaitForExit();
        if ((_standby ?? Start()) is not { } next)
            return ExitCode.Failed;
        _standby = null;
        // Behind a process that still drains.
        _clients.Remove(next);
        _clients.Add(next);
        var takeTime = (long)TakeTimeout.TotalSeconds * Stopwatch.Frequency << (_attempts - (next.IsWaiting ? 1 : 0));
        next.TakeBy = Stopwatch.GetTimestamp() + takeTime;
        next.Pass(client.Store, since);
        NoteProcesses();
        // The signal came before it was among those that a signal is for.
        if (_isStopping)
            _ = Native.Kill(next.ProcessId, Terminate);
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

    private void PassLeft()
    {
        if (_leftReceiver is not null || _isStopping || Serving is not { } serving || !_left.TryPeek(out var left))
            return;
        _leftReceiver = serving;
        serving.PassConnections(left.Store, left.Since);
    }

    private void OnLeftTaken()
    {
        _leftReceiver = null;
        _left.Dequeue().Store.Clear();
        PassLeft();
    }
}
