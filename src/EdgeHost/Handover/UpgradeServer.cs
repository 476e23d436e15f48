using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeActors.Listening;
using EdgeActors.Routing;
using EdgeActors.Telemetry;
using EdgeActors.Transport;
using EdgeHost.Control;

namespace EdgeHost.Handover;

/// <summary>Hands over to a next process. Nothing changes in this process until that one is ready.</summary>
internal sealed class UpgradeServer : IAsyncDisposable
{
    private const string Key = "upgrade.socket";

    /// <summary>For the start of the other process, which may wait for name servers that do not answer.</summary>
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60), SendTimeout = TimeSpan.FromSeconds(5);

    private readonly ControlSocket _socket;
    private readonly HandoverSource _source;
    private readonly EdgeLog _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private Task _session = Task.CompletedTask;
    private volatile bool _handedOver;
    private int _disposed;

    /// <param name="takesOver">A previous process has the path and is going to give it up: see <see cref="Publish"/>.</param>
    public UpgradeServer(string path, HandoverSource source, EdgeLog log, bool takesOver)
    {
        _socket = takesOver ? ControlSocket.Prepare(Key, path, SocketType.Seqpacket) : ControlSocket.Listen(Key, path, SocketType.Seqpacket);
        _source = source;
        _log = log;
        _accepting = AcceptLoop.Run(_socket.Socket, Accept, why => log.Warning($"upgrade: {why}"), _ending.Token);
    }

    /// <summary>The next process connects to this one from now on.</summary>
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

    private string? Refusal(Socket client) => !PeerCredentials.Allow(client, out var user) ? $"user {user} may not take over here"
        : _handedOver ? "it has handed over already"
        : !_session.IsCompleted ? "another process is taking over already"
        : null;

    /// <summary>Reads the request first: a Unix socket that is closed with unread data resets, and the answer is lost.</summary>
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
                // The process has gone, or sends nothing.
            }
        }
    }

    private async Task Serve(Socket client)
    {
        using var owned = client;
        IReadOnlyList<TransferredSocket> sockets = [];
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
            sockets = await _source.Duplicate();
            Send(client, sockets);
            if (await Receive(client, ReadyTimeout) is not { Kind: UpgradeMessage.Ready })
            {
                _log.Warning("upgrade: the other process has gone before it was ready, this one goes on");
                return;
            }
            _handedOver = true;
            _log.Info($"upgrade: process {take.Pid} has taken over");
            try
            {
                await _source.HandOver();
                Say(client, UpgradeMessage.Yours, _source.FloatingIp);
            }
            finally
            {
                _source.End();
            }
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            _log.Warning($"upgrade: nothing within {ReadyTimeout.TotalSeconds:F0} s, this process goes on");
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
            foreach (var socket in sockets)
                SharedSockets.Release(socket.Handle);
        }
    }

    private void Send(Socket client, IReadOnlyList<TransferredSocket> sockets)
    {
        foreach (var socket in sockets)
        {
            var message = new UpgradeMessage(UpgradeMessage.Socket) { Owner = socket.Owner, Bind = socket.Bind.ToString() };
            SharedSockets.Send(client, message.ToBytes(), socket.Handle);
        }
        foreach (var server in _source.Servers)
            new UpgradeMessage(UpgradeMessage.Server) { Memory = server }.SendTo(client);
        new UpgradeMessage(UpgradeMessage.End).SendTo(client);
    }

    /// <returns>Null: the process has ended the connection.</returns>
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

    /// <summary>A last message, which need not arrive.</summary>
    private static void Say(Socket client, string kind, string? text = null)
    {
        try
        {
            new UpgradeMessage(kind) { Text = text }.SendTo(client);
        }
        catch (SocketException)
        {
            // The process has gone.
        }
    }
}

/// <summary>The handover failed; the message says why.</summary>
internal sealed class UpgradeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// One message between a process and the one that takes over from it: a JSON object in a packet of its own (SOCK_SEQPACKET).
/// <code>
///   new  ---- take VERSION PID ----------------------->  old      or refused TEXT, and nothing is changed
///        &lt;--- socket OWNER BIND, with a descriptor ---            for each listening socket
///        &lt;--- server ... -----------------------------            for each server
///        &lt;--- end ------------------------------------
///        ---- ready ---------------------------------->           it could accept at once
///        &lt;--- yours TEXT -----------------------------            the old one accepts no more; what it was told of the floating IP
/// </code>
/// Where the connection ends before ready, the old process goes on unchanged.
/// </summary>
internal sealed record UpgradeMessage(string Kind)
{
    public const int Version = 1;

    public const string Take = "take", Refused = "refused", Socket = "socket", Server = "server", End = "end", Ready = "ready", Yours = "yours";

    public const int MaxLength = 16 * 1024;

    public int Speaks { get; init; } = Version;

    public int Pid { get; init; }

    public string? Text { get; init; }

    public string? Owner { get; init; }

    public string? Bind { get; init; }

    public ServerHandover? Memory { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, UpgradeJson.Default.UpgradeMessage);

    /// <exception cref="UpgradeException">The bytes are no message.</exception>
    public static UpgradeMessage Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, UpgradeJson.Default.UpgradeMessage) ?? throw new UpgradeException("it said nothing");
        }
        catch (JsonException e)
        {
            throw new UpgradeException("it said something else than a message", e);
        }
    }

    public void SendTo(Socket socket) => socket.Send(ToBytes());
}

[JsonSerializable(typeof(UpgradeMessage))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class UpgradeJson : JsonSerializerContext;
