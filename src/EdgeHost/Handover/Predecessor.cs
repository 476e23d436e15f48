using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Control;
using Microsoft.Win32.SafeHandles;

namespace EdgeHost.Handover;

/// <summary>The process that this one takes over from, as long as the two have to do with each other.</summary>
internal sealed class Predecessor : IDisposable
{
    /// <summary>It answers from memory, and what it does not do in this time it does not do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly EdgeLog _log;

    private Predecessor(Socket socket, EdgeLog log, Inheritance inheritance)
    {
        _socket = socket;
        _log = log;
        Inheritance = inheritance;
        Pid = PeerCredentials.ProcessOf(socket);
    }

    public Inheritance Inheritance { get; }

    /// <summary>As seen from here.</summary>
    public uint Pid { get; }

    /// <returns>Null: nobody is there.</returns>
    /// <exception cref="UpgradeException">Somebody is, and does not hand over.</exception>
    public static async Task<Predecessor?> Find(string path, EdgeLog log)
    {
        var socket = ControlSocket.NewSocket(SocketType.Seqpacket);
        var sockets = new List<LentSocket>();
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
            return new Predecessor(socket, log, new Inheritance(sockets, servers));
        }
        catch (Exception e)
        {
            sockets.ForEach(static lent => lent.Handle.Dispose());
            socket.Dispose();
            if (e is SocketException or UpgradeException)
                throw new UpgradeException($"upgrade.socket: the process at {path} does not hand over: {e.Message}", e);
            throw;
        }
    }

    /// <summary>This process is ready: the other one is to stop. When it has gone by itself meanwhile, so much the better.</summary>
    /// <returns>What that process was told last of the floating IP; null: nothing.</returns>
    /// <exception cref="UpgradeException">It goes on, as this process was too late.</exception>
    public async Task<string?> TakeOver()
    {
        try
        {
            new UpgradeMessage(UpgradeMessage.Ready).SendTo(_socket);
            var answer = await Task.Run(() => Receive(_socket, out _));
            if (answer is { Kind: UpgradeMessage.Refused })
                throw new UpgradeException($"upgrade.socket: the process before this one goes on: {answer.Text}");
            return answer?.Text;
        }
        catch (SocketException e)
        {
            _log.Warning($"upgrade: the process before this one is silent ({e.SocketErrorCode}), which goes on without it");
            return null;
        }
    }

    public void Dispose()
    {
        Inheritance.Dispose();
        _socket.Dispose();
    }

    private static async Task<bool> Connect(Socket socket, string path)
    {
        try
        {
            using var late = new CancellationTokenSource(Patience);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), late.Token);
            socket.SendTimeout = (int)Patience.TotalMilliseconds;
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // ECONNREFUSED: a file that a dead process has left; ENOENT: not even that.
            return false;
        }
        catch (OperationCanceledException e)
        {
            throw new UpgradeException("it does not accept", e);
        }
    }

    private static void Receive(Socket socket, List<LentSocket> sockets, List<ServerHandover> servers)
    {
        while (true)
        {
            var message = Receive(socket, out var handle) ?? throw new UpgradeException("it has ended the connection");
            switch (message)
            {
                case { Kind: UpgradeMessage.Socket, Owner: { } owner, Bind: { } text } when handle is not null && BindSettings.Read(text) is { } bind:
                    sockets.Add(new LentSocket(owner, bind, handle));
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
        var length = EdgeActors.Transport.SharedSockets.Receive(socket, buffer, Patience, out handle);
        return length == 0 ? null : UpgradeMessage.Read(buffer.AsSpan(0, length));
    }
}
