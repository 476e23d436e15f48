using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Protocol;
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

    private readonly ControlSocket? _socket;
    private readonly HandoverSource _source;
    private readonly EdgeLog _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _accepting;
    private Task _session = Task.CompletedTask;
    private volatile bool _handedOver;
    private int _disposed;

    /// <param name="path">Null: only <see cref="Replace"/> hands over.</param>
    /// <param name="takesOver">A previous process has the path and is going to give it up: see <see cref="Publish"/>.</param>
    public UpgradeServer(string? path, HandoverSource source, EdgeLog log, bool takesOver)
    {
        _source = source;
        _log = log;
        _accepting = Task.CompletedTask;
        if (path is null)
            return;
        _socket = takesOver
            ? ControlSocket.Prepare(Key, path, SocketType.Seqpacket)
            : ControlSocket.Listen(Key, path, SocketType.Seqpacket);
        _accepting = AcceptLoop.Run(_socket.Socket, Accept, why => log.Warning($"upgrade: {why}"), _ending.Token);
    }

    /// <summary>The next process connects to this one from now on.</summary>
    public void Publish() => _socket?.Publish(replace: true);

    /// <summary>Hands over to a process that this one has started.</summary>
    /// <param name="client">The socket to that process, which this object disposes of.</param>
    /// <returns>Why it cannot; null: <see cref="HasHandedOver"/> says whether it has, once <paramref name="settled"/> ends.</returns>
    public string? Replace(Socket client, int child, out Task settled)
    {
        settled = Task.CompletedTask;
        if (Refusal(client) is { } refusal)
        {
            client.Dispose();
            return refusal;
        }
        client.SendTimeout = (int)SendTimeout.TotalMilliseconds;
        var handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        settled = handedOver.Task;
        _session = Task.Run(() => Serve(client, child, handedOver));
        return null;
    }

    /// <summary>Whether another process serves in place of this one.</summary>
    public bool HasHandedOver => _handedOver;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _socket?.Remove();
        await _ending.CancelAsync();
        _socket?.Dispose();
        await _accepting;
        await _session;
    }

    private void Accept(Socket client)
    {
        client.SendTimeout = (int)SendTimeout.TotalMilliseconds;
        if (Refusal(client) is { } refusal)
            _ = Task.Run(() => Refuse(client, refusal));
        else
            _session = Task.Run(() => Serve(client, child: 0, new TaskCompletionSource()));
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
                Say(client, Refused(why));
            }
            catch (Exception e) when (e is SocketException or UpgradeException or OperationCanceledException)
            {
                // The process has gone, or sends nothing.
            }
        }
    }

    /// <param name="settled">Ends when the other process has taken over, or will not.</param>
    private async Task Serve(Socket client, int child, TaskCompletionSource settled)
    {
        using var owned = client;
        if (await HandOver(client, child == 0 ? SendTimeout : ReadyTimeout) is not { } take)
        {
            settled.SetResult();
            return;
        }
        var moves = Math.Min(take.Moves, UpgradeMessage.MovesVersion);
        try
        {
            if (!await _source.HandOver(child))
            {
                _handedOver = false;
                _source.Keep();
                _log.Warning("upgrade: the other process has gone, this one goes on");
                settled.SetResult();
                return;
            }
            Say(client, new UpgradeMessage(UpgradeMessage.Yours)
            {
                Text = _source.FloatingIp, Moves = moves, LastId = Link.LastId, Prefix = ConnectionUniqueId.Prefix,
            });
        }
        catch (Exception e)
        {
            // A fault of this program; connections go on.
            _log.Error($"upgrade: {e.Message}");
            moves = 0;
        }
        settled.SetResult();
        await _source.End(moves > 0 ? client : null, child, _ending.Token);
    }

    /// <returns>The request; null: the other process does not take over.</returns>
    private async Task<UpgradeMessage?> HandOver(Socket client, TimeSpan firstWord)
    {
        IReadOnlyList<TransferredSocket> sockets = [];
        try
        {
            var take = await Receive(client, firstWord);
            if (take is not { Kind: UpgradeMessage.Take, Speaks: UpgradeMessage.Version })
            {
                if (take is not null)
                    Say(client, Refused($"it speaks version {UpgradeMessage.Version} of this, not {take.Speaks}"));
                return null;
            }
            _log.Info($"upgrade: process {take.Pid} is about to take over");
            sockets = await _source.Duplicate();
            Send(client, sockets);
            if (take.Moves > 0)
                HandoverBatch.WarmUp();
            if (await Receive(client, ReadyTimeout) is not { Kind: UpgradeMessage.Ready })
            {
                _log.Warning("upgrade: the other process has gone before it was ready, this one goes on");
                return null;
            }
            _handedOver = true;
            _log.Info($"upgrade: process {take.Pid} has taken over");
            return take;
        }
        catch (OperationCanceledException) when (!_ending.IsCancellationRequested)
        {
            _log.Warning($"upgrade: nothing within {ReadyTimeout.TotalSeconds:F0} s, this process goes on");
            Say(client, Refused("it took too long"));
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
            // If this process ends meanwhile, the other one has the sockets.
            if (!_handedOver && !_ending.IsCancellationRequested)
                _source.Keep();
        }
        return null;
    }

    private void Send(Socket client, IReadOnlyList<TransferredSocket> sockets)
    {
        foreach (var socket in sockets)
        {
            var message = new UpgradeMessage(UpgradeMessage.Socket) { Owner = socket.Owner, Bind = socket.Bind.ToString() };
            SharedSockets.Send(client, message.ToBytes(), (int)socket.Handle.DangerousGetHandle());
        }
        foreach (var server in _source.Servers)
            new UpgradeMessage(UpgradeMessage.Server) { Memory = server }.SendTo(client);
        new UpgradeMessage(UpgradeMessage.End)
        {
            Generation = _source.Generation, LastId = Link.LastId, Prefix = ConnectionUniqueId.Prefix,
        }.SendTo(client);
    }

    private Task<UpgradeMessage?> Receive(Socket client, TimeSpan within) => UpgradeMessage.Receive(client, within, _ending.Token);

    private static UpgradeMessage Refused(string why) => new(UpgradeMessage.Refused) { Text = why };

    /// <summary>A message that need not arrive.</summary>
    private static void Say(Socket client, UpgradeMessage message)
    {
        try
        {
            message.SendTo(client);
        }
        catch (SocketException)
        {
            // The process has gone.
        }
    }
}
