using System.Globalization;
using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Control;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>The process that this one takes over from, until it has handed over.</summary>
/// <param name="end">Its message after the sockets and servers.</param>
internal sealed class PreviousProcess(Socket socket, EdgeLog log, ReceivedHandover handover, UpgradeMessage end) : IDisposable
{
    /// <summary>Names the descriptor of the socket, if the previous process has started this one (<c>edge ctl restart</c>).</summary>
    public const string Variable = "EDGE_UPGRADE_FD";

    /// <summary>For each step: the other process answers from memory.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromSeconds(10);

    public ReceivedHandover Handover => handover;

    public Socket Socket => socket;

    public UpgradeMessage End => end;

    /// <summary>As seen from here.</summary>
    public uint Pid { get; } = PeerCredentials.ProcessOf(socket);

    /// <param name="path">Null: only a process that has started this one.</param>
    /// <returns>Null: there is no previous process.</returns>
    /// <exception cref="UpgradeException">There is one, and it does not hand over.</exception>
    public static async Task<PreviousProcess?> Find(string? path, EdgeLog log)
    {
        if (TakeParent() is { } parent)
            return await Take(parent, "the process that started this one", log);
        if (path is null)
            return null;
        if (!SharedSockets.IsSupported)
            throw new UpgradeException("upgrade.socket: sockets are handed over on Linux only; expected off");
        var socket = ControlSocket.NewSocket(SocketType.Seqpacket);
        try
        {
            if (await Connect(socket, path))
                return await Take(socket, $"the process at {path}", log);
            socket.Dispose();
            return null;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException)
                throw Refusal($"the process at {path}", e);
            throw;
        }
    }

    /// <summary>A child of this process takes over in its place, and has the socket.</summary>
    public static void ForgetParent()
    {
        try
        {
            TakeParent()?.Dispose();
        }
        catch (UpgradeException)
        {
            // The child reports it.
        }
    }

    private static Socket? TakeParent()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var fd))
            return null;
        Environment.SetEnvironmentVariable(Variable, null);
        try
        {
            return SharedSockets.ToSocket(SharedSockets.Inherited(fd));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new UpgradeException($"{Variable}={fd} names no socket; expected it to be unset", e);
        }
    }

    private static async Task<PreviousProcess> Take(Socket socket, string process, EdgeLog log)
    {
        var sockets = new List<TransferredSocket>();
        var servers = new List<ServerHandover>();
        try
        {
            // Another user may have put a socket of its own there, and would see what this process says and receives.
            if (!PeerCredentials.Allow(socket, out var user))
                throw new UpgradeException($"user {user} listens there, who is neither root nor the user of this process");
            new UpgradeMessage(UpgradeMessage.Take) { Pid = Environment.ProcessId, Moves = UpgradeMessage.MovesVersion }.SendTo(socket);
            var end = await Task.Run(() => Receive(socket, sockets, servers));
            HandoverBatch.WarmUp();
            log.Info($"upgrade: {sockets.Count} listening socket(s) taken over from {process}");
            return new PreviousProcess(socket, log, new ReceivedHandover(sockets, servers) { Generation = end.Generation }, end);
        }
        catch (Exception e)
        {
            sockets.ForEach(static received => received.Handle.Dispose());
            socket.Dispose();
            if (e is SocketException or UpgradeException)
                throw Refusal(process, e);
            throw;
        }
    }

    private static UpgradeException Refusal(string process, Exception e) =>
        new($"upgrade.socket: {process} does not hand over: {e.Message}", e);

    /// <summary>This process is ready, so the previous one is to stop. It may have ended meanwhile.</summary>
    /// <returns>Its last answer, "yours"; null: none.</returns>
    /// <exception cref="UpgradeException">The previous process goes on, as this one was too late.</exception>
    public async Task<UpgradeMessage?> TakeOver()
    {
        try
        {
            new UpgradeMessage(UpgradeMessage.Ready).SendTo(socket);
            var answer = await Task.Run(() => Receive(socket, out _));
            if (answer is { Kind: UpgradeMessage.Refused })
                throw new UpgradeException($"upgrade.socket: the process before this one goes on: {answer.Text}");
            if (answer is null)
                log.Warning("upgrade: the process before this one has ended the connection, this one goes on without it");
            return answer;
        }
        catch (SocketException e)
        {
            log.Warning($"upgrade: the process before this one is silent ({e.SocketErrorCode}), this one goes on without it");
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

    /// <returns>Its last message.</returns>
    private static UpgradeMessage Receive(Socket socket, List<TransferredSocket> sockets, List<ServerHandover> servers)
    {
        while (true)
        {
            var message = Receive(socket, out var handle) ?? throw new UpgradeException("it has ended the connection");
            switch (message)
            {
                case { Kind: UpgradeMessage.Socket, Owner: { } owner, Bind: { } text } when handle is not null
                    && BindSettings.Read(text) is { } bind:
                    sockets.Add(new TransferredSocket(owner, bind, handle));
                    if (!SharedSockets.IsListening(handle, bind.EndPoint))
                        throw new UpgradeException($"it sent a socket that does not listen on {bind}");
                    break;
                case { Kind: UpgradeMessage.Server, Memory: { } memory }:
                    servers.Add(memory);
                    break;
                case { Kind: UpgradeMessage.End }:
                    return message;
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
        Span<int> fds = stackalloc int[SharedSockets.MaxDescriptors];
        var length = SharedSockets.Receive(socket, buffer, StepTimeout, fds, out var count);
        handle = count == 0 ? null : new SafeFileHandle(fds[0], ownsHandle: true);
        if (count > 1)
            SharedSockets.Close(fds[1..count]);
        return length == 0 ? null : UpgradeMessage.Read(buffer.AsSpan(0, length));
    }
}
