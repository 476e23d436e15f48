using System.Net;
using System.Runtime.CompilerServices;
using EdgeActors.Accept;
using EdgeActors.Config;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using EdgeHost.Upgrade;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeHost.Redirect;

/// <summary>Redirects plain HTTP to https, on Kestrel.</summary>
internal sealed class RedirectServer : IAsyncDisposable
{
    public const string Name = "http-redirect";

    /// <summary>The rate counts connections, so their requests need a bound; the last response says that it closes.</summary>
    private const int MaxRequests = 100;

    private const int MaxLine = 8 * 1024, MaxHeaders = 8 * 1024, MaxBody = 64 * 1024;

    private readonly HttpRedirectSettings _settings;
    private readonly SemaphoreSlim _slots;
    private readonly AcceptPace _pace;
    private readonly AcmeProxy? _acme;
    private readonly List<HttpDoor> _servers = [];

    private RedirectServer(HttpRedirectSettings settings, TimeProvider time)
    {
        _settings = settings;
        _acme = settings.AcmeBackend is { } backend ? new AcmeProxy(backend) : null;
        _slots = new SemaphoreSlim(settings.MaxConnections);
        _pace = new AcceptPace(settings.Rate, time);
    }

    public IReadOnlyList<IPEndPoint> EndPoints => [.. _servers.Select(static server => server.EndPoint)];

    /// <exception cref="BindException">An address cannot be listened on.</exception>
    public static async Task<RedirectServer> Start(HttpRedirectSettings settings, EdgeLog log, TimeProvider time, HostSockets? sockets = null)
    {
        sockets ??= new HostSockets();
        var server = new RedirectServer(settings, time);
        try
        {
            foreach (var bind in settings.Binds)
                server._servers.Add(await HttpDoor.Open(Name, Name, bind, server.Answer, log, sockets, server.Configure, server.Limit));
        }
        catch (BindException)
        {
            await server.DisposeAsync();
            throw;
        }
        log.Info($"{Name} on {string.Join(", ", server.EndPoints)}");
        return server;
    }

    /// <summary>Accepts no more and closes idle connections; requests under way are answered.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_servers.Select(static server => server.DisposeAsync().AsTask()));
        _acme?.Dispose();
    }

    private PacedTransport Limit(IConnectionListenerFactory inner) => new(inner, _slots, _pace);

    private void Configure(ListenOptions listen)
    {
        var limits = listen.KestrelServerOptions.Limits;
        limits.MaxRequestLineSize = MaxLine;
        limits.MaxRequestHeadersTotalSize = MaxHeaders;
        limits.MaxRequestBodySize = MaxBody;
        limits.MaxRequestBufferSize = 2 * MaxHeaders;
        limits.RequestHeadersTimeout = _settings.Timeout;
        limits.KeepAliveTimeout = _settings.Timeout;
        listen.Use(async (connection, next) =>
        {
            connection.Features.Set(new StrongBox<int>());
            // Kestrel would abort the response to a client that ends its side behind its request.
            connection.ConnectionClosed = CancellationToken.None;
            try
            {
                await next();
            }
            finally
            {
                _slots.Release();
            }
        });
    }

    private Task Answer(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var requests = ++context.Features.GetRequiredFeature<StrongBox<int>>().Value;
        var hasBody = context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody;
        response.ContentLength = 0;
        // The port is that of plain HTTP and would be wrong for https.
        var host = request.Host.Host;
        if (Path(context) is not { } path || Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            response.Headers.Connection = "close";
            return Task.CompletedTask;
        }
        var challenge = _acme is not null && !hasBody && AcmeProxy.IsChallenge(request, path);
        if (challenge || hasBody || requests >= MaxRequests)
            response.Headers.Connection = "close";
        if (challenge)
            return _acme!.Answer(context, path);
        response.StatusCode = StatusCodes.Status301MovedPermanently;
        response.Headers.Location = $"https://{host}{path}";
        return Task.CompletedTask;
    }

    /// <summary>Path and query as the client sent them. Kestrel answers 400 where an absolute target (RFC 9112, section 3.2.2) names another
    /// host than the Host field.</summary>
    /// <returns>Null: nothing that can be redirected.</returns>
    private static string? Path(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return null;
        if (target is ['/', ..])
            return target;
        if (target == "*")
            return "/";
        return Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri.PathAndQuery : null;
    }
}
