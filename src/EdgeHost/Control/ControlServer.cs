using System.Collections.Concurrent;
using System.Net.Sockets;
using EdgeActors.Accept;
using EdgeActors.Operate;
using EdgeActors.Operate.Answers;
using EdgeActors.Telemetry;

namespace EdgeHost.Control;

/// <summary>What clients of the control socket may take of this process.</summary>
/// <param name="Sessions">At once; one more is told so and let go.</param>
/// <param name="Idle">From one request's end to the next one's last byte.</param>
/// <param name="Write">For a piece of an answer; who takes longer does not read, and is let go.</param>
internal sealed record ControlLimits(int Sessions, TimeSpan Idle, TimeSpan Write)
{
    public static ControlLimits Usual { get; } = new(256, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));
}

/// <summary>Lets operators of this machine in by a Unix socket. All of it runs on the thread pool, and nothing of the node waits for it.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>For answers that are being given when the end comes, which may have come by one of them: who kills the last connection ends a
    /// drain. A watch gets no more of it.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromMilliseconds(500);

    /// <summary>For sessions to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private const string Key = "control.socket";

    private readonly ControlSocket _socket;
    private readonly IOperator _operator;
    private readonly EdgeLog _log;
    private readonly ControlLimits _limits;
    private readonly ConcurrentDictionary<ControlSession, Task> _sessions = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private int _disposed;

    private ControlServer(ControlSocket socket, IOperator op, EdgeLog log, ControlLimits limits)
    {
        _socket = socket;
        _operator = op;
        _log = log;
        _limits = limits;
        _accepting = AcceptLoop.Run(socket.Socket, Accept, why => log.Warning($"control socket: {why}"), _ending.Token);
    }

    /// <summary>Clients that are connected.</summary>
    public int Sessions => _sessions.Count;

    /// <exception cref="ControlSocketException">The socket cannot be had.</exception>
    public static ControlServer Start(string path, IOperator op, EdgeLog log, ControlLimits? limits = null)
    {
        var server = new ControlServer(ControlSocket.Listen(Key, path), op, log, limits ?? ControlLimits.Usual);
        log.Info($"control socket {path}");
        return server;
    }

    /// <summary>As <see cref="Start"/>, where another process has the path, which is going to give it up: see <see cref="Publish"/>.</summary>
    /// <exception cref="ControlSocketException">The socket cannot be had.</exception>
    public static ControlServer Prepare(string path, IOperator op, EdgeLog log)
    {
        var server = new ControlServer(ControlSocket.Prepare(Key, path), op, log, ControlLimits.Usual);
        log.Info($"control socket {path}, to be taken over");
        return server;
    }

    /// <summary>From now on clients find this process at the path.</summary>
    /// <exception cref="ControlSocketException">The socket cannot be had.</exception>
    public void Publish() => _socket.Publish(replace: true);

    /// <summary>Ends every session and removes the socket's file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // First the name, so that nobody finds a socket that is about to go.
        _socket.Remove();
        await _ending.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await Task.WhenAny(Task.WhenAll(_sessions.Values), Task.Delay(LastAnswers));
        await _stopping.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_sessions.Values), Task.Delay(Grace));
        foreach (var (session, _) in _sessions)
            session.Abort();
    }

    private void Accept(Socket client)
    {
        var session = new ControlSession(client, _operator, _limits, _ending.Token, _stopping.Token);
        // Known before it runs, so that it can take itself out however soon it ends.
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = Serve(session, client, begin.Task);
        begin.SetResult();
    }

    private async Task Serve(ControlSession session, Socket client, Task begin)
    {
        await begin;
        try
        {
            if (!PeerCredentials.Allow(_socket.Socket, client, out var user))
                await session.Refuse(new ErrorAnswer(ErrorKind.Failed, $"user {user} may not give orders here"));
            else if (_sessions.Count > _limits.Sessions)
                await session.Refuse(new ErrorAnswer(ErrorKind.Failed, $"{_limits.Sessions} are connected already"));
            else
                await session.Run();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or IOException)
        {
            // It has gone, does not read, or the end has come.
        }
        catch (Exception e)
        {
            // A fault of this program, which must stay this session's.
            _log.Error($"control socket: {e.Message}");
        }
        finally
        {
            session.Dispose();
            _sessions.TryRemove(session, out _);
        }
    }
}
