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

    /// <summary>Was passed the first of <see cref="_left"/>; null: no process was.</summary>
    private KeeperClient? _heir;
    private int _attempts, _standbys;

    /// <returns>The keeper's exit code; null: it goes on.</returns>
    private int? OnEnded(KeeperClient client)
    {
        var since = Stopwatch.GetTimestamp();
        // The one that replaces it may have become ready before.
        foreach (var other in _clients.Where(one => one.IsReplacement && one != client).ToArray())
            Receive(other);
        // A process before it may still drain.
        var isLast = _clients.FindLast(one => one != _standby && (one.IsReady || one.Store.Count > 0)) == client;
        _clients.Remove(client);
        client.Socket.Dispose();
        if (client == _heir)
            _heir = null;
        if (client == _standby)
        {
            OnStandbyEnded(client);
            return null;
        }
        // A process that has not handed over yet goes on, whatever becomes of the one that it has started.
        if (_clients.Exists(IsServing)
            && (!isLast || client is { ExitCode: not null, IsReady: true } || _isStopping || Serving?.Store.Has(KeeperItem.Listener) is true))
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
        if (client.ExitCode != ExitCode.BadConfiguration || _attempts < MaxAttempts)
            _attempts++;
        if (_attempts > MaxAttempts)
        {
            Console.Error.WriteLine($"edge: the process has ended {_attempts} times in a row soon after its start, so the keeper ends");
            return ExitCode.Failed;
        }
        Console.Error.WriteLine(client.ExitCode == ExitCode.BadConfiguration
            ? "edge: connections wait until the configuration has no error"
            : $"edge: process {client.ProcessId} has ended unexpectedly, another one continues");
        NoteProcesses();
        // One that was about to replace it has taken over no connection, and would go on beside the next process.
        foreach (var replacement in _clients.Where(static one => one is { IsReplacement: true, IsReady: false }).ToArray())
            replacement.KillAndWait();
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

    private void PassLeft()
    {
        if (_heir is not null || _isStopping || Serving is not { } serving || !_left.TryPeek(out var left))
            return;
        _heir = serving;
        serving.PassConnections(left.Store, left.Since);
    }

    private void OnInherited()
    {
        _heir = null;
        _left.Dequeue().Store.Clear();
        PassLeft();
    }
}
