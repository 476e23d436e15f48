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

/// <summary>One HTTP address: Kestrel without a host, on the thread pool, with limits on all that clients can make it hold.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    /// <summary>More than any request here has.</summary>
    public const int MaxBody = 4096, MaxHeaders = 16 * 1024, MaxRequestLine = 4096;

    /// <summary>Bytes of an answer held here for a client that does not read. A kernel buffer of this size takes twice as many
    /// (SO_SNDBUF, socket(7)).</summary>
    public const int UnsentBytes = 16 * 1024;

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

    /// <summary>On an address of the configuration.</summary>
    /// <param name="name">In messages.</param>
    /// <param name="owner">Of the listening socket.</param>
    /// <param name="configure">Sets limits and connection middleware.</param>
    /// <param name="limit">Wraps what accepts.</param>
    public static async Task<HttpServer> Open(
        string name, string owner, BindSettings bind, RequestDelegate answer, EdgeLog log, HostSockets listening,
        Action<ListenOptions> configure, Func<IConnectionListenerFactory, IConnectionListenerFactory>? limit = null)
    {
        try
        {
            return await Open(name, bind.EndPoint, () => listening.Open(owner, bind), answer, log, configure, limit);
        }
        catch (Exception e) when (
            (
                e as SocketException
                    ?? e.InnerException as SocketException
                    ?? e.InnerException?.InnerException as SocketException) is { } failure)
        {
            throw new BindException(BindErrors.Explain(name, bind, failure.SocketErrorCode), failure);
        }
    }

    /// <summary>On a socket that the caller binds.</summary>
    public static async Task<HttpServer> Open(
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

    public ValueTask DisposeAsync() => Stop(Grace);

    /// <summary>Closes the listener and idle connections at once, the others when they are answered.</summary>
    /// <param name="within">Answers that are not complete by then are cut.</param>
    public async ValueTask Stop(TimeSpan within)
    {
        using var grace = new CancellationTokenSource(within);
        await _server.StopAsync(grace.Token);
        _server.Dispose();
    }

    /// <summary>The limits of the operator's endpoints.</summary>
    public static Action<ListenOptions> ForOperators(OperatorConnections connections) => listen =>
    {
        listen.Use(connections.Limit);
        var limits = listen.KestrelServerOptions.Limits;
        limits.MaxResponseBufferSize = UnsentBytes;
        limits.MaxRequestBodySize = MaxBody;
        limits.MaxRequestHeadersTotalSize = MaxHeaders;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = MaxRequestLine;
        limits.RequestHeadersTimeout = HeaderTimeout;
        limits.KeepAliveTimeout = KeepAlive;
    };

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
            catch (Exception e) when (
                context.RequestAborted.IsCancellationRequested || e is Microsoft.AspNetCore.Http.BadHttpRequestException)
            {
                // The client has gone or has sent no valid request, which Kestrel answers.
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

/// <summary>What all answers have in common.</summary>
internal static class Responses
{
    /// <summary>No other site may frame or embed an answer, and no cache may keep it.</summary>
    public static void Secure(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>Whether it is a GET or HEAD; anything else is refused.</summary>
    public static bool IsRead(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return true;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = "GET, HEAD";
        return false;
    }

    public static Task Bytes(HttpContext context, ReadOnlyMemory<byte> body, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
    }

    public static Task NotFound(HttpContext context) => Status(context, StatusCodes.Status404NotFound, "not found\n");

    public static async Task Status(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        await Bytes(context, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
    }
}
