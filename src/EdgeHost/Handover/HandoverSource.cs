using System.Net.Sockets;
using EdgeActors;
using EdgeActors.Answers;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Control;
using EdgeHost.Hosting;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>Sockets and state that a process hands over to the next one.</summary>
internal sealed class HandoverSource(EdgeNode node, EdgeNodeHolder holder)
{
    public IReadOnlyList<ServerHandover> Servers => ServerHandover.Of(node.State.Routes.Current);

    /// <summary>What the verb <c>floating-ip</c> was told last; null: nothing.</summary>
    public string? FloatingIp => EdgeActors.Node.FloatingIp.Word(node.State.FloatingIp.Current.Told);

    /// <summary>The last step of a start: the previous process stops to accept, and this one begins. Clients in between wait in the shared
    /// backlog.</summary>
    /// <exception cref="UpgradeException">The previous process goes on, so this one must not.</exception>
    public static async Task Begin(string path, EdgeNode node, EdgeNodeHolder holder)
    {
        holder.Upgrade = new UpgradeServer(path, new HandoverSource(node, holder), node.State.Log, takesOver: holder.Previous is not null);
        if (holder.Previous is not { } previous)
            return;
        node.State.FloatingIp.Tell(await previous.TakeOver());
        node.BeginToAccept();
        holder.Upgrade.Publish();
        holder.Control?.Publish();
        if (previous.Handover.Left > 0)
            node.State.Log.Warning($"upgrade: {previous.Handover.Left} socket(s) of the process before are in no listener here and are closed");
        previous.Dispose();
        node.State.Log.Info("upgrade: taken over");
    }

    /// <summary>Duplicates of all listening sockets; the caller releases them.</summary>
    public async Task<IReadOnlyList<TransferredSocket>> Duplicate()
    {
        var sockets = new List<TransferredSocket>(await node.State.Listeners.Duplicate());
        try
        {
            sockets.AddRange(holder.Sockets.Duplicate());
            return sockets;
        }
        catch
        {
            sockets.ForEach(static socket => SharedSockets.Release(socket.Handle));
            throw;
        }
    }

    /// <summary>Accepts no more; connections go on. Operators' endpoints close first, so that operators reach the new process.</summary>
    public async Task HandOver()
    {
        if (holder.Admin is { } admin)
            await admin.DisposeAsync();
        if (holder.Redirect is { } redirect)
            await redirect.DisposeAsync();
        await node.Unbind();
    }

    /// <summary>Ends the process after its last connection. Does not wait for that.</summary>
    public void End() => _ = Task.Run(async () =>
    {
        var log = node.State.Log;
        // The cluster address is the other process's from then on, and the shards move while connections end.
        var leaving = node.Cluster?.Leave() ?? Task.CompletedTask;
        try
        {
            var timeout = node.State.Settings.Upgrade.DrainTimeout;
            var duration = timeout is { } time ? $"for {CellText.Duration(time)}" : "until they end";
            log.Info($"{node.State.Live.Count} connection(s) may go on {duration}");
            holder.Service?.Stopping("another process has taken over");
            EdgeHosting.LogDrained(log, await node.Drain(timeout));
            await leaving;
        }
        catch (Exception e)
        {
            log.Error($"upgrade: {e.Message}");
        }
        holder.StopApplication();
    });
}

/// <summary>The process that this one takes over from, until it has handed over.</summary>
internal sealed class PreviousProcess(Socket socket, EdgeLog log, ReceivedHandover handover) : IDisposable
{
    /// <summary>For each step: the other process answers from memory.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    public ReceivedHandover Handover => handover;

    /// <summary>As seen from here.</summary>
    public uint Pid { get; } = PeerCredentials.ProcessOf(socket);

    /// <returns>Null: there is no previous process.</returns>
    /// <exception cref="UpgradeException">There is one, and it does not hand over.</exception>
    public static async Task<PreviousProcess?> Find(string path, EdgeLog log)
    {
        if (!SharedSockets.IsSupported)
            throw new UpgradeException("upgrade.socket: sockets are handed over on Linux only; expected off");
        var socket = ControlSocket.NewSocket(SocketType.Seqpacket);
        var sockets = new List<TransferredSocket>();
        var servers = new List<ServerHandover>();
        try
        {
            if (!await Connect(socket, path))
            {
                socket.Dispose();
                return null;
            }
            // Another user may have put a socket of its own there, and would see what this process says and receives.
            if (!PeerCredentials.Allow(socket, out var user))
                throw new UpgradeException($"user {user} listens there, who is neither root nor the user of this process");
            new UpgradeMessage(UpgradeMessage.Take) { Pid = Environment.ProcessId }.SendTo(socket);
            await Task.Run(() => Receive(socket, sockets, servers));
            log.Info($"upgrade: {sockets.Count} listening socket(s) taken over at {path}");
            return new PreviousProcess(socket, log, new ReceivedHandover(sockets, servers));
        }
        catch (Exception e)
        {
            sockets.ForEach(static received => received.Handle.Dispose());
            socket.Dispose();
            if (e is SocketException or UpgradeException)
                throw new UpgradeException($"upgrade.socket: the process at {path} does not hand over: {e.Message}", e);
            throw;
        }
    }

    /// <summary>This process is ready, so the previous one is to stop. It may have ended meanwhile.</summary>
    /// <returns>What that process was told last of the floating IP; null: nothing.</returns>
    /// <exception cref="UpgradeException">The previous process goes on, as this one was too late.</exception>
    public async Task<string?> TakeOver()
    {
        try
        {
            new UpgradeMessage(UpgradeMessage.Ready).SendTo(socket);
            var answer = await Task.Run(() => Receive(socket, out _));
            if (answer is { Kind: UpgradeMessage.Refused })
                throw new UpgradeException($"upgrade.socket: the process before this one goes on: {answer.Text}");
            return answer?.Text;
        }
        catch (SocketException e)
        {
            log.Warning($"upgrade: the process before this one is silent ({e.SocketErrorCode}), which goes on without it");
            return null;
        }
    }

    public void Dispose()
    {
        handover.Dispose();
        socket.Dispose();
    }

    private static async Task<bool> Connect(Socket socket, string path)
    {
        try
        {
            using var late = new CancellationTokenSource(StepTimeout);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), late.Token);
            socket.SendTimeout = (int)StepTimeout.TotalMilliseconds;
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // ECONNREFUSED: the file of a dead process; ENOENT: no file.
            return false;
        }
        catch (OperationCanceledException e)
        {
            throw new UpgradeException("it does not accept", e);
        }
    }

    private static void Receive(Socket socket, List<TransferredSocket> sockets, List<ServerHandover> servers)
    {
        while (true)
        {
            var message = Receive(socket, out var handle) ?? throw new UpgradeException("it has ended the connection");
            switch (message)
            {
                case { Kind: UpgradeMessage.Socket, Owner: { } owner, Bind: { } text } when handle is not null && BindSettings.Read(text) is { } bind:
                    sockets.Add(new TransferredSocket(owner, bind, handle));
                    if (!SharedSockets.IsListening(handle, bind.EndPoint))
                        throw new UpgradeException($"it sent a socket that does not listen on {bind}");
                    break;
                case { Kind: UpgradeMessage.Server, Memory: { } memory }:
                    servers.Add(memory);
                    break;
                case { Kind: UpgradeMessage.End }:
                    return;
                case { Kind: UpgradeMessage.Refused }:
                    throw new UpgradeException(message.Text ?? "it refuses");
                default:
                    handle?.Dispose();
                    throw new UpgradeException($"it said \"{message.Kind}\"");
            }
        }
    }

    private static UpgradeMessage? Receive(Socket socket, out SafeFileHandle? handle)
    {
        var buffer = new byte[UpgradeMessage.MaxLength];
        var length = SharedSockets.Receive(socket, buffer, StepTimeout, out handle);
        return length == 0 ? null : UpgradeMessage.Read(buffer.AsSpan(0, length));
    }
}

/// <summary>Listening sockets of the host's own endpoints (admin, redirect). They may come from the previous process and go to the next.</summary>
/// <param name="handover">Null: there is no previous process.</param>
internal sealed class HostSockets(ReceivedHandover? handover = null)
{
    private readonly Lock _lock = new();
    private readonly List<(string Owner, BindSettings Bind, Socket Socket)> _open = [];

    /// <summary>A bound socket; the caller listens on it.</summary>
    public Socket Open(string owner, BindSettings bind)
    {
        var socket = handover?.Take(owner, bind) is [var handle, ..] ? SharedSockets.ToSocket(handle)
            : NewSocket(bind, overlaps: handover?.ShareAddress(bind) is true);
        lock (_lock)
            _open.Add((owner, bind, socket));
        return socket;
    }

    /// <summary>Leaves the SYNs of new clients unanswered, or answers them again.</summary>
    /// <returns>Whether the kernel has taken the filter.</returns>
    public bool IgnoreNewClients(string owner, bool on)
    {
        var taken = true;
        lock (_lock)
        {
            foreach (var own in Listening().Where(own => own.Owner == owner))
                taken &= SynFilter.Set(own.Socket.SafeHandle, on);
        }
        return taken;
    }

    /// <summary>Duplicates for another process; the caller closes each by <see cref="SharedSockets.Release"/>.</summary>
    public IReadOnlyList<TransferredSocket> Duplicate()
    {
        lock (_lock)
        {
            return [.. Listening().Select(
                static own => new TransferredSocket(own.Owner, own.Bind, SharedSockets.Duplicate(own.Socket.SafeHandle)))];
        }
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
