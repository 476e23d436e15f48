using System.Net.Sockets;
using EdgeActors.Connection;
using EdgeActors.Node;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeHost.Handover;

/// <summary>Continues the connections of a process that has crashed, and gives this one's to the keeper from the age of
/// <c>upgrade.keep-after</c> on.</summary>
internal sealed class ConnectionKeeping(KeeperSession session, NodeState node, HandoverSource source) : IAsyncDisposable
{
    /// <summary>Between two looks at the connections.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _one = new(1);
    private Task _looking = Task.CompletedTask;
    private bool _keepsListeners = true, _hasListeners, _isSlow;

    private bool IsOn => node.Settings.Upgrade.Keeper;

    private KeeperChannel Channel => session.Channel;

    /// <summary>Before this process accepts.</summary>
    public void Continue()
    {
        if (session.Handover is not null)
            Adopt(session.TakeConnections(IsOn), session.Since, isKept: IsOn);
    }

    /// <summary>Tells the keeper that this process serves. Called before the old process stops, so that one of them survives a crash of
    /// the other.</summary>
    public async Task SayReady()
    {
        session.SayReady();
        if (IsOn)
            await TryKeepListeners();
    }

    /// <summary>After the process before has handed over.</summary>
    public void Start()
    {
        session.KeepProgress();
        _looking = Task.Run(Look);
    }

    /// <summary>Before listening sockets are closed. They are kept again after <see cref="KeepListeners"/>.</summary>
    public Task ForgetListeners() => ForgetListeners(KeeperOp.Sync);

    /// <summary><see cref="ForgetListeners()"/>, as a process serves that this one has started.</summary>
    /// <returns>False: it has ended meanwhile.</returns>
    public async Task<bool> HandOver()
    {
        var isAlone = await ForgetListeners(KeeperOp.HandOver) is { Slot: 1 };
        if (isAlone)
            KeepListeners();
        return !isAlone;
    }

    public void KeepListeners() => _keepsListeners = true;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _looking;
    }

    private async Task<KeeperHeader?> ForgetListeners(KeeperOp ask)
    {
        await _one.WaitAsync();
        try
        {
            (_keepsListeners, _hasListeners) = (false, false);
            return IsOn || ask == KeeperOp.HandOver ? await session.ForgetListeners(ask) : null;
        }
        finally
        {
            _one.Release();
        }
    }

    private void Adopt(IReadOnlyList<(ConnectionHandover Connection, bool IsLost)> connections, long since, bool isKept)
    {
        var adoption = new ConnectionAdoption(node);
        foreach (var (connection, isLost) in connections)
        {
            // Its id is new to this process, unless the process before had no time to say its last one.
            if (node.Live.Find(connection.Link.Id) is not null)
                SharedSockets.Close([.. connection.Link.Descriptors]);
            else
                adoption.Adopt(isKept ? connection : WithoutKeeper(connection), isLost ? CloseReason.Crashed : CloseReason.None);
        }
        var rested = node.Time.GetElapsedTime(since);
        node.Log.Warning($"keeper: the process before has ended unexpectedly; {connections.Count(static one => !one.IsLost)} connection(s) "
            + $"continue after {rested.TotalMilliseconds:F0} ms, {connections.Count(static one => one.IsLost)} are lost");
    }

    /// <summary>The keeper does not have it, or this configuration keeps no connections any more.</summary>
    private static ConnectionHandover WithoutKeeper(ConnectionHandover connection) => connection with
    {
        Link = connection.Link with
        {
            KeptSlot = 0,
            Up = connection.Link.Up with { PipeNumber = 0 },
            Down = connection.Link.Down with { PipeNumber = 0 },
        },
    };

    private async Task Look()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            do
            {
                if (!await ContinueLeft())
                {
                    if (IsOn)
                        node.Log.Error("keeper: it has ended, so a crash would end all connections; edge ctl restart starts another one");
                    return;
                }
                if (!IsOn)
                    continue;
                Channel.Slots.Header = (Link.LastId, node.Generations.Current);
                await TryKeepListeners();
                Report(await KeepOld());
            }
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            // A fault of this program; connections go on.
            node.Log.Error($"keeper: {e}");
        }
    }

    /// <summary>Adopts connections of a process that crashed after its handover.</summary>
    /// <returns>False: the keeper has ended.</returns>
    private async Task<bool> ContinueLeft()
    {
        await _one.WaitAsync();
        try
        {
            var connections = session.TakeLeft(out var since);
            if (connections.Count > 0)
                Adopt(connections, since, isKept: false);
            return !Channel.IsGone;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <returns>Connections that the keeper was too slow for.</returns>
    private async Task<int> KeepOld()
    {
        Channel.Flush();
        var old = node.Live.Records.Where(IsOld).ToArray();
        for (var i = 0; i < old.Length; i++)
        {
            if (!await Keep(old[i]))
                return old.Length - i;
        }
        return 0;
    }

    private bool IsOld(LiveConnection record) => record.Phase == ConnectionPhase.Joined && !record.Link.IsKept
        && node.Time.GetElapsedTime(record.Link.AcceptedAt) + Period >= node.Settings.Upgrade.KeepAfter;

    private Task<bool> Keep(LiveConnection record)
    {
        if (record.Link.Describe() is not { } link)
            return Task.FromResult(true);
        var facts = ConnectionHandover.Of(record, link, node.Routes.Current) with
        {
            GenerationSince = node.Generations.Since(record.Generation),
        };
        var kept = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        record.Link.Keep(default(KeeperHeader).ToMessage(HandoverBatch.WriteConnection(facts)), kept.SetResult);
        return kept.Task;
    }

    private void Report(int left)
    {
        if (left > 0 == _isSlow)
            return;
        _isSlow = left > 0;
        node.Log.Warning(_isSlow
            ? $"keeper: it is too slow or full, {left} connection(s) are not kept yet"
            : "keeper: all connections are kept");
    }

    private async Task TryKeepListeners()
    {
        await _one.WaitAsync();
        try
        {
            if (!_keepsListeners || _hasListeners)
                return;
            var sockets = await source.Duplicate(isForKeeper: true);
            var number = 0;
            _hasListeners = Channel.TryPut(new KeeperHeader(KeeperOp.Clear, KeeperItem.Listener, 0, 0).ToMessage());
            foreach (var socket in sockets)
            {
                var text = new UpgradeMessage(UpgradeMessage.Socket) { Owner = socket.Owner, Bind = socket.Bind.ToString() }.ToBytes();
                var message = new KeeperHeader(KeeperOp.Put, KeeperItem.Listener, 0, ++number).ToMessage(text);
                _hasListeners &= Channel.TryPut(message, (int)socket.Handle.DangerousGetHandle());
                SharedSockets.Release(socket.Handle);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // EMFILE, or this process is ending.
        }
        finally
        {
            _one.Release();
        }
    }
}
