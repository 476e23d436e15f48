using System.Diagnostics;
using System.Net.Sockets;
using EdgeActors;
using EdgeActors.Answers;
using EdgeActors.Listening;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;
using EdgeHost.Hosting;

namespace EdgeHost.Handover;

/// <summary>Sockets and state that a process hands over to the next one.</summary>
internal sealed class HandoverSource(EdgeNode node, EdgeNodeHolder holder)
{
    public IReadOnlyList<ServerHandover> Servers => ServerHandover.Of(node.State.Routes.Current);

    public long Generation => node.State.Generations.Current;

    /// <summary>What the verb <c>floating-ip</c> was told last; null: nothing.</summary>
    public string? FloatingIp => EdgeActors.Node.FloatingIp.Word(node.State.FloatingIp.Current.Told);

    /// <summary>The last step of a start: the previous process stops to accept, and this one begins. Clients in between wait in the shared
    /// backlog.</summary>
    /// <exception cref="UpgradeException">The previous process goes on, so this one must not.</exception>
    public static async Task Begin(string? path, EdgeNode node, EdgeNodeHolder holder, HandoverSource source)
    {
        holder.Upgrade = new UpgradeServer(path, source, node.State.Log, takesOver: holder.Inherited is not null);
        if (holder.Previous is not { } previous)
        {
            // A keeper's are free: its process has crashed.
            holder.Sockets.Keep();
            holder.Upgrade.Publish();
            holder.Control?.Publish();
            return;
        }
        var answer = await previous.TakeOver();
        holder.Sockets.Keep();
        node.State.FloatingIp.Tell(answer?.Text);
        Link.ContinueAfter(answer?.LastId ?? previous.End.LastId + KeeperSession.IdGap);
        if ((answer ?? previous.End).Prefix is { } prefix)
            ConnectionUniqueId.Prefix = prefix;
        node.BeginToAccept();
        holder.Upgrade.Publish();
        holder.Control?.Publish();
        if (previous.Handover.Left > 0)
            node.State.Log.Warning($"upgrade: {previous.Handover.Left} socket(s) of the process before are in no listener here and are closed");
        previous.Handover.Dispose();
        node.State.Log.Info("upgrade: taken over");
        if (answer is { Moves: UpgradeMessage.MovesVersion })
            holder.Adopting = Task.Run(() => new ConnectionReceiver(previous.Socket, node.State).Run());
        else
            previous.Dispose();
    }

    /// <summary>Duplicates of all listening sockets; the caller releases them.</summary>
    /// <param name="isForKeeper">This process keeps its own.</param>
    public async Task<IReadOnlyList<TransferredSocket>> Duplicate(bool isForKeeper = false)
    {
        var sockets = new List<TransferredSocket>(await node.State.Listeners.Duplicate());
        try
        {
            sockets.AddRange(holder.Sockets.Duplicate(isForKeeper));
            return sockets;
        }
        catch
        {
            sockets.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>After <see cref="Duplicate"/>, if no process takes over.</summary>
    public void Keep() => holder.Sockets.Keep();

    /// <summary>Accepts no more; connections go on. Operators' endpoints close first, so that operators reach the new process.</summary>
    /// <param name="child">A process that this one has started to replace it; 0: it was started otherwise.</param>
    /// <returns>False: the other process has ended meanwhile, and nothing has changed.</returns>
    public async Task<bool> HandOver(int child)
    {
        if (holder.Keeping is { } keeping)
        {
            if (child == 0)
                await keeping.ForgetListeners();
            else if (!await keeping.HandOver())
                return false;
        }
        if (holder.Admin is { } admin)
            await admin.DisposeAsync();
        if (holder.Redirect is { } redirect)
            await redirect.DisposeAsync();
        await node.Unbind();
        return true;
    }

    /// <summary>Passes connections on and ends the process after its last one.</summary>
    /// <param name="to">The next process; null: connections stay here.</param>
    /// <param name="child">A process that this one has started to replace it; 0: it was started otherwise.</param>
    /// <returns>Ends when no connection is left that could be passed on. Never fails.</returns>
    public Task End(Socket? to, int child, CancellationToken ending)
    {
        var log = node.State.Log;
        var since = Stopwatch.GetTimestamp();
        var timeout = node.State.Settings.Upgrade.DrainTimeout;
        var late = CancellationTokenSource.CreateLinkedTokenSource(ending);
        if (timeout is { } time)
            late.CancelAfter(time);
        // A keeper stays the service.
        if (child != 0 && holder.Keeper is null)
            holder.Service?.Replaced(child);
        else if (child == 0)
            holder.Service?.Stopping("another process has taken over");
        var moved = to is null ? Task.CompletedTask : Task.Run(() => new ConnectionSender(to, node.State, holder.Adopting).Run(late.Token), CancellationToken.None);
        // The cluster address is the other process's from then on, and the shards move while connections end.
        var leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
        _ = Task.Run(async () =>
        {
            try
            {
                await moved;
                if (node.State.Live.Count is var left and > 0)
                    log.Info($"{left} connection(s) may go on {(timeout is { } time ? $"for {CellText.Duration(time)}" : "until they end")}");
                EdgeHosting.LogDrained(log, await node.Drain(timeout is { } all ? Left(all - Stopwatch.GetElapsedTime(since)) : null));
                await leaving;
            }
            catch (Exception e)
            {
                log.Error($"upgrade: {e.Message}");
            }
            late.Dispose();
            holder.StopApplication();
        }, CancellationToken.None);
        return moved;

        static TimeSpan Left(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>Listening sockets of the host's own endpoints (admin, redirect). They may come from the previous process and go to the next.</summary>
/// <param name="handover">Null: there is no previous process.</param>
internal sealed class HostSockets(ReceivedHandover? handover = null)
{
    private readonly Lock _lock = new();
    private readonly List<(string Owner, BindSettings Bind, Socket Socket)> _open = [];
    private readonly List<SynSink?> _sinks = [];

    /// <summary>A bound socket; the caller listens on it.</summary>
    public Socket Open(string owner, BindSettings bind)
    {
        Socket socket;
        if (handover?.Take(owner, bind) is [var handle, ..])
        {
            socket = SharedSockets.ToSocket(handle);
            // If this start fails, the previous process goes on with it.
            SharedSockets.SkipDisconnectOnClose(socket);
        }
        else
        {
            socket = NewSocket(bind, overlaps: handover?.ShareAddress(bind) is true);
        }
        lock (_lock)
            _open.Add((owner, bind, socket));
        return socket;
    }

    /// <summary>Leaves the SYNs of new clients unanswered, or answers them again.</summary>
    /// <returns>Whether it is possible.</returns>
    public bool IgnoreNewClients(string owner, bool on)
    {
        lock (_lock)
        {
            _sinks.ForEach(static sink => sink?.Dispose());
            _sinks.Clear();
            if (on)
                _sinks.AddRange(Listening().Where(own => own.Owner == owner)
                    .Select(static own => SynSink.IgnoreAll([SharedSockets.Duplicate(own.Socket.SafeHandle)])));
            return _sinks.TrueForAll(static sink => sink is not null);
        }
    }

    /// <summary>Duplicates for another process; the caller closes each by <see cref="SharedSockets.Release"/>.</summary>
    /// <param name="isForKeeper">True: this process keeps its sockets, and closing one ends it. False: this process closes them next, or
    /// <see cref="Keep"/> is called.</param>
    public IReadOnlyList<TransferredSocket> Duplicate(bool isForKeeper)
    {
        lock (_lock)
        {
            if (!isForKeeper)
                _open.ForEach(static own => SharedSockets.SkipDisconnectOnClose(own.Socket));
            return [.. Listening().Select(static own =>
                new TransferredSocket(own.Owner, own.Bind, SharedSockets.Duplicate(own.Socket.SafeHandle)))];
        }
    }

    /// <summary>The sockets are this process's alone: they came from one that has given them up, or nobody took them.</summary>
    public void Keep()
    {
        lock (_lock)
            _open.ForEach(static own => SharedSockets.SkipDisconnectOnClose(own.Socket, skip: false));
    }

    private IEnumerable<(string Owner, BindSettings Bind, Socket Socket)> Listening() =>
        _open.Where(static own => !own.Socket.SafeHandle.IsClosed);

    /// <param name="overlaps">The previous process listens on an overlapping address.</param>
    private static Socket NewSocket(BindSettings bind, bool overlaps)
    {
        var socket = new Socket(bind.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (bind.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = bind.DualMode;
            // A restart must not wait for the TIME_WAIT of earlier connections. The framework's own option would share the port, too.
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption(Native.SolSocket, overlaps ? Native.SoReusePort : Native.SoReuseAddr, BitConverter.GetBytes(1));
            socket.Bind(bind.EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
