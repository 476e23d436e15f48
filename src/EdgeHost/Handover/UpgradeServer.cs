using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Control;

namespace EdgeHost.Handover;

/// <summary>What a process has to hand over, and how it does.</summary>
internal interface IHeritage
{
    Task<IReadOnlyList<LentSocket>> Lend();

    IReadOnlyList<ServerHandover> Servers { get; }

    /// <summary>What the verb <c>floating-ip</c> was told last; null: nothing.</summary>
    string? FloatingIp { get; }

    /// <summary>Accepts no more at any door; connections go on.</summary>
    Task HandOver();

    /// <summary>Ends the process behind its last connection. Does not wait for that.</summary>
    void End();
}

/// <summary>Waits for a process that takes over from this one. Until that one is ready nothing has happened, whatever becomes of it.</summary>
internal sealed class UpgradeServer : IAsyncDisposable
{
    private const string Key = "upgrade.socket";

    /// <summary>For the other process to come up, name servers that do not answer included.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(5);

    private readonly ControlSocket _socket;
    private readonly IHeritage _heritage;
    private readonly EdgeLog _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private Task _session = Task.CompletedTask;
    private volatile bool _handedOver;
    private int _disposed;

    private UpgradeServer(ControlSocket socket, IHeritage heritage, EdgeLog log)
    {
        _socket = socket;
        _heritage = heritage;
        _log = log;
        _accepting = AcceptLoop.Run(socket.Socket, Accept, why => log.Warning($"upgrade: {why}"), _ending.Token);
    }

    /// <exception cref="ControlSocketException">The socket cannot be had.</exception>
    public static UpgradeServer Start(string path, IHeritage heritage, EdgeLog log) =>
        new(ControlSocket.Listen(Key, path, SocketType.Seqpacket), heritage, log);

    /// <summary>As <see cref="Start"/>, where another process has the path, which is going to give it up: see <see cref="Publish"/>.</summary>
    /// <exception cref="ControlSocketException">The socket cannot be had.</exception>
    public static UpgradeServer Prepare(string path, IHeritage heritage, EdgeLog log) =>
        new(ControlSocket.Prepare(Key, path, SocketType.Seqpacket), heritage, log);

    /// <summary>From now on the next process finds this one at the path.</summary>
    public void Publish() => _socket.Publish(replace: true);

    /// <summary>Whether another process serves in place of this one.</summary>
    public bool HasHandedOver => _handedOver;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _socket.Remove();
        await _ending.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await _session;
    }

    private void Accept(Socket client)
    {
        client.SendTimeout = (int)SendTimeout.TotalMilliseconds;
        if (Refusal(client) is { } refusal)
            _ = Task.Run(() => Refuse(client, refusal));
        else
            _session = Task.Run(() => Serve(client));
    }

    private string? Refusal(Socket client) => !PeerCredentials.Allow(_socket.Socket, client, out var user) ? $"user {user} may not take over here"
        : _handedOver ? "it has handed over already"
        : !_session.IsCompleted ? "another process is taking over already"
        : null;

    /// <summary>Behind what it asks for: closed over something unread, a Unix socket tells the other side of a reset and nothing else.</summary>
    private async Task Refuse(Socket client, string why)
    {
        using (client)
        {
            try
            {
                await Receive(client, SendTimeout);
                Say(client, UpgradeMessage.Refused, why);
            }
            catch (Exception e) when (e is SocketException or UpgradeException or OperationCanceledException)
            {
                // It has gone, or does not speak.
            }
        }
    }

    private async Task Serve(Socket client)
    {
        using var owned = client;
        IReadOnlyList<LentSocket> lent = [];
        try
        {
            var take = await Receive(client, SendTimeout);
            if (take is not { Kind: UpgradeMessage.Take, Speaks: UpgradeMessage.Version })
            {
                if (take is not null)
                    Say(client, UpgradeMessage.Refused, $"it speaks version {UpgradeMessage.Version} of this, not {take.Speaks}");
                return;
            }
            _log.Info($"upgrade: process {take.Pid} is about to take over");
            lent = await _heritage.Lend();
            Send(client, lent);
            if (await Receive(client, Patience) is not { Kind: UpgradeMessage.Ready })
            {
                _log.Warning("upgrade: the other process has gone before it was ready, this one goes on");
                return;
            }
            _handedOver = true;
            _log.Info($"upgrade: process {take.Pid} has taken over");
            try
            {
                await _heritage.HandOver();
                Say(client, UpgradeMessage.Yours, _heritage.FloatingIp);
            }
            finally
            {
                _heritage.End();
            }
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            _log.Warning($"upgrade: nothing within {Patience.TotalSeconds:F0} s, this process goes on");
            Say(client, UpgradeMessage.Refused, "it took too long");
        }
        catch (SocketException)
        {
            // EPIPE, ECONNRESET: with messages unread.
            _log.Warning("upgrade: the other process has gone before it was ready, this one goes on");
        }
        catch (Exception e) when (e is UpgradeException or OperationCanceledException)
        {
            if (!_ending.IsCancellationRequested)
                _log.Warning($"upgrade: {e.Message}, this process goes on");
        }
        catch (Exception e)
        {
            // A fault of this program; connections go on.
            _log.Error($"upgrade: {e.Message}");
        }
        finally
        {
            Release(ref lent);
        }
    }

    private void Send(Socket client, IReadOnlyList<LentSocket> lent)
    {
        foreach (var socket in lent)
        {
            var message = new UpgradeMessage(UpgradeMessage.Socket) { Owner = socket.Owner, Bind = socket.Bind.ToString() };
            SharedSockets.Send(client, message.ToBytes(), socket.Handle);
        }
        foreach (var server in _heritage.Servers)
            new UpgradeMessage(UpgradeMessage.Server) { Memory = server }.SendTo(client);
        new UpgradeMessage(UpgradeMessage.End).SendTo(client);
    }

    /// <returns>Null: it has ended the connection.</returns>
    private async Task<UpgradeMessage?> Receive(Socket client, TimeSpan within)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        late.CancelAfter(within);
        var buffer = new byte[UpgradeMessage.MaxLength];
        try
        {
            var length = await client.ReceiveAsync(buffer, late.Token);
            return length == 0 ? null : UpgradeMessage.Read(buffer.AsSpan(0, length));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    /// <summary>The last word; whether it is heard does not matter.</summary>
    private static void Say(Socket client, string kind, string? text = null)
    {
        try
        {
            new UpgradeMessage(kind) { Text = text }.SendTo(client);
        }
        catch (SocketException)
        {
            // It has gone.
        }
    }

    private static void Release(ref IReadOnlyList<LentSocket> lent)
    {
        foreach (var socket in lent)
            SharedSockets.Release(socket.Handle);
        lent = [];
    }
}
