using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Telemetry;
using EdgeHost.Upgrade;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EdgeHost.Redirect;

/// <summary>
/// Sends everyone who comes by plain HTTP to https. Sockets are those of ASP.NET Core's own server; above them there is just enough HTTP to
/// answer as HAProxy does, byte for byte, which that server's fields and their spelling would not allow. Too many clients are not refused:
/// accepting waits, and they in the kernel's queue.
/// </summary>
internal sealed class RedirectServer : IAsyncDisposable
{
    public const string Name = "http-redirect";

    private const int Backlog = 1024;
    private const int SolSocket = 1, SoReuseAddr = 2;

    /// <summary>For answers that are on their way when the end comes.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly HttpRedirectSettings _settings;
    private readonly EdgeLog _log;
    private readonly TimeProvider _time;
    private readonly AcmeProxy? _acme;
    private readonly AcceptPace _pace;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<ConnectionContext, Task> _connections = new();
    private readonly CancellationTokenSource _unbinding = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IConnectionListener> _listeners = [];
    private readonly List<Task> _accepting = [];

    private RedirectServer(HttpRedirectSettings settings, EdgeLog log, TimeProvider time)
    {
        _settings = settings;
        _log = log;
        _time = time;
        _acme = settings.AcmeBackend is { } backend ? new AcmeProxy(backend) : null;
        _pace = new AcceptPace(settings.Rate, time);
        _slots = new SemaphoreSlim(settings.MaxConnections);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => [.. _listeners.Select(listener => (IPEndPoint)listener.EndPoint)];

    /// <summary>Connections that are open.</summary>
    public int Open => _connections.Count;

    /// <exception cref="BindException">An address cannot be listened on.</exception>
    public static async Task<RedirectServer> Start(HttpRedirectSettings settings, EdgeLog log, TimeProvider time, HostSockets? sockets = null)
    {
        sockets ??= new HostSockets();
        var server = new RedirectServer(settings, log, time);
        try
        {
            foreach (var bind in settings.Binds)
                server._listeners.Add(await Listen(bind, sockets));
        }
        catch (BindException)
        {
            await server.DisposeAsync();
            throw;
        }
        server._accepting.AddRange(server._listeners.Select(listener => Task.Run(() => server.Accept(listener))));
        log.Info($"{Name} on {string.Join(", ", server.EndPoints)}");
        return server;
    }

    /// <summary>Accepts no more. Whoever waits for a next request is let go; requests are answered.</summary>
    public async Task Unbind()
    {
        if (_unbinding.IsCancellationRequested)
            return;
        await _unbinding.CancelAsync();
        foreach (var listener in _listeners)
            await listener.UnbindAsync();
        await Task.WhenAll(_accepting);
        foreach (var listener in _listeners)
            await listener.DisposeAsync();
        await _stopping.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Unbind();
        var all = Task.WhenAll(_connections.Values);
        await Task.WhenAny(all, Task.Delay(Grace));
        foreach (var (connection, _) in _connections)
            connection.Abort();
        await all;
        _acme?.Dispose();
    }

    private static async Task<IConnectionListener> Listen(BindSettings bind, HostSockets sockets)
    {
        var options = new SocketTransportOptions
        {
            Backlog = Backlog,
            // No client may have more of its bytes lie here than its largest request.
            MaxReadBufferSize = 2 * HttpHeadReader.MaxLength,
            CreateBoundListenSocket = _ => sockets.Open(Name, bind),
        };
        try
        {
            return await new SocketTransportFactory(Options.Create(options), NullLoggerFactory.Instance).BindAsync(bind.EndPoint);
        }
        catch (Exception e) when ((e as SocketException ?? e.InnerException as SocketException) is { } failure)
        {
            throw new BindException(BindErrors.Explain(Name, bind, failure.SocketErrorCode), failure);
        }
    }

    internal static Socket NewSocket(BindSettings bind)
    {
        var socket = new Socket(bind.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (bind.EndPoint.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = bind.DualMode;
            // A restart must not wait for the TIME_WAIT of the connections before it. The framework's own option would share the port, too.
            if (OperatingSystem.IsLinux())
                socket.SetRawSocketOption(SolSocket, SoReuseAddr, BitConverter.GetBytes(1));
            socket.Bind(bind.EndPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task Accept(IConnectionListener listener)
    {
        var backOff = new BackOff();
        while (!_unbinding.IsCancellationRequested)
        {
            try
            {
                await _slots.WaitAsync(_unbinding.Token);
                if (await listener.AcceptAsync(_unbinding.Token) is not { } connection)
                    return;
                if (!await Turn())
                {
                    connection.Abort();
                    await connection.DisposeAsync();
                    return;
                }
                _connections[connection] = Serve(connection);
                // It may be over already, when it could not take itself out.
                if (_connections.TryGetValue(connection, out var serving) && serving.IsCompleted)
                    _connections.TryRemove(connection, out _);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // EMFILE, ENOBUFS ...: others need time to give something back.
                _slots.Release();
                var delay = backOff.Next(_time);
                _log.Warning($"{Name}: accept on {listener.EndPoint} failed ({e.SocketErrorCode}), trying again in {delay.TotalMilliseconds:F0} ms");
                await Task.Delay(delay, _time, _unbinding.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Serve(ConnectionContext connection)
    {
        try
        {
            await new RedirectConnection(connection, _settings.Timeout, _acme, _stopping.Token).Run();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or does not take its answer.
            connection.Abort();
        }
        catch (Exception e)
        {
            // A fault of this program, which must stay this connection's.
            _log.Error($"{Name}: {e.Message}");
            connection.Abort();
        }
        finally
        {
            await End(connection);
            _connections.TryRemove(connection, out _);
            _slots.Release();
        }
    }

    /// <summary>Waits until the answer is out, which a client that does not read could put off for ever.</summary>
    private async Task End(ConnectionContext connection)
    {
        var closing = connection.DisposeAsync().AsTask();
        if (await Task.WhenAny(closing, Task.Delay(_settings.Timeout, _time)) != closing)
            connection.Abort();
        await closing;
    }

    /// <summary>Waits for as long as the rate asks for. Of each address one connection waits here, the others in the kernel.</summary>
    /// <returns>False: the end came first.</returns>
    private async Task<bool> Turn()
    {
        try
        {
            await _turn.WaitAsync(_unbinding.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        try
        {
            while (_pace.Wait() is var wait && wait > TimeSpan.Zero)
                await Task.Delay(wait, _time, _unbinding.Token);
            _pace.Count();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _turn.Release();
        }
    }
}
