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
