using System.Net;
using System.Net.Sockets;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Handover;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EdgeHost.Admin;

/// <summary>
/// One address of HTTP: Kestrel without a host, with limits on everything that a client can make it hold. It runs on the thread pool, apart
/// from the data path.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>More than any request here has.</summary>
    public const int MaxBody = 4096, MaxHeaders = 16 * 1024, MaxRequestLine = 4096;

    private static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5), KeepAlive = TimeSpan.FromSeconds(60);

    /// <summary>For answers on their way when the end comes.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private const int Backlog = 1024;

    private readonly KestrelServer _server;
    private readonly ListenOptions _listen;

    private HttpServer(KestrelServer server, ListenOptions listen)
    {
        _server = server;
        _listen = listen;
    }

    /// <summary>With the kernel's port.</summary>
    public IPEndPoint EndPoint => _listen.IPEndPoint!;

    /// <summary>On an address of the configuration, for operators.</summary>
    /// <param name="owner">Which of the endpoints it is.</param>
    /// <exception cref="BindException">The address cannot be listened on.</exception>
    public static Task<HttpServer> Open(
        string owner, BindSettings bind, int maxConnections, RequestDelegate answer, EdgeLog log, HostSockets listening) =>
        Open(AdminServer.Name, owner, bind, answer, log, listening, listen => Bound(listen.KestrelServerOptions.Limits, maxConnections));

    /// <summary>On an address of the configuration.</summary>
    /// <param name="name">In messages.</param>
    /// <param name="owner">Of the listening socket.</param>
    /// <param name="configure">Sets limits and connection middleware.</param>
    /// <param name="limit">Wraps what accepts.</param>
    /// <exception cref="BindException">The address cannot be listened on.</exception>
    public static async Task<HttpServer> Open(
        string name, string owner, BindSettings bind, RequestDelegate answer, EdgeLog log, HostSockets listening,
        Action<ListenOptions> configure, Func<IConnectionListenerFactory, IConnectionListenerFactory>? limit = null)
    {
        try
        {
            return await Open(name, bind.EndPoint, () => listening.Open(owner, bind), answer, log, configure, limit);
        }
        catch (Exception e) when ((e as SocketException ?? e.InnerException as SocketException ?? e.InnerException?.InnerException as SocketException) is { } failure)
        {
            throw new BindException(BindErrors.Explain(name, bind, failure.SocketErrorCode), failure);
        }
    }

    /// <summary>On a socket that the caller binds, for operators.</summary>
    public static Task<HttpServer> Open(EndPoint address, Func<Socket> bound, int maxConnections, RequestDelegate answer, EdgeLog log) =>
        Open(AdminServer.Name, address, bound, answer, log, listen => Bound(listen.KestrelServerOptions.Limits, maxConnections));

    public ValueTask DisposeAsync() => Stop(Grace);

    /// <summary>Closes the listener and idle connections at once, the others when they are answered.</summary>
    /// <param name="within">Answers that are not complete by then are cut.</param>
    public async ValueTask Stop(TimeSpan within)
    {
        using var grace = new CancellationTokenSource(within);
        await _server.StopAsync(grace.Token);
        _server.Dispose();
    }

    private static async Task<HttpServer> Open(
        string name, EndPoint address, Func<Socket> bound, RequestDelegate answer, EdgeLog log,
        Action<ListenOptions> configure, Func<IConnectionListenerFactory, IConnectionListenerFactory>? limit = null)
    {
        var options = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        ListenOptions? listen = null;
        options.Listen(address, opened =>
        {
            opened.Protocols = HttpProtocols.Http1;
            configure(opened);
            listen = opened;
        });
        var sockets = new SocketTransportOptions { CreateBoundListenSocket = _ => bound(), Backlog = Backlog };
        IConnectionListenerFactory transport = new SocketTransportFactory(Options.Create(sockets), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), limit?.Invoke(transport) ?? transport, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(new Application(name, answer, log), CancellationToken.None);
        }
        catch
        {
            server.Dispose();
            throw;
        }
        return new HttpServer(server, listen!);
    }

    private static void Bound(KestrelServerLimits limits, int maxConnections)
    {
        limits.MaxConcurrentConnections = maxConnections;
        limits.MaxRequestBodySize = MaxBody;
        limits.MaxRequestHeadersTotalSize = MaxHeaders;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = MaxRequestLine;
        limits.RequestHeadersTimeout = HeaderTimeout;
        limits.KeepAliveTimeout = KeepAlive;
    }

    private sealed class Application(string name, RequestDelegate answer, EdgeLog log) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        public async Task ProcessRequestAsync(HttpContext context)
        {
            try
            {
                await answer(context);
            }
            catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is Microsoft.AspNetCore.Http.BadHttpRequestException)
            {
                // The client has gone, or has sent what is no request: the server answers that by itself.
                throw;
            }
            catch (Exception e)
            {
                log.Error($"{name}: {context.Request.Path}: {e.GetType().Name}: {e.Message}");
                if (context.Response.HasStarted)
                    context.Abort();
                else
                    context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }
}
