using System.Net;
using System.Runtime.CompilerServices;
using EdgeActors.Listening;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeHost.Admin;
using EdgeHost.Handover;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeHost.Redirect;

/// <summary>Redirects plain HTTP to https, on Kestrel.</summary>
internal sealed class RedirectServer(HttpRedirectSettings settings, TimeProvider time) : IAsyncDisposable
{
    public const string Name = "http-redirect";

    /// <summary>The rate counts connections, so their requests need a bound; the last response says that it closes.</summary>
    private const int MaxRequests = 100;

    private const int MaxHeaders = 8 * 1024, MaxBody = 64 * 1024;

    private readonly SemaphoreSlim _slots = new(settings.MaxConnections);
    private readonly AcceptPace _pace = new(settings.Rate, time);
    private readonly AcmeProxy? _acme = settings.AcmeBackend is { } backend ? new AcmeProxy(backend) : null;
    private readonly List<HttpServer> _servers = [];

    public IReadOnlyList<IPEndPoint> EndPoints => [.. _servers.Select(static server => server.EndPoint)];

    public static async Task<RedirectServer> Start(HttpRedirectSettings settings, EdgeLog log, TimeProvider time, HostSockets sockets)
    {
        var server = new RedirectServer(settings, time);
        try
        {
            foreach (var bind in settings.Binds)
            {
                server._servers.Add(await HttpServer.Open(Name, Name, bind, server.Answer, log, sockets, server.Configure,
                    inner => new PacedTransport(inner, server._slots, server._pace)));
            }
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

    private void Configure(ListenOptions listen)
    {
        var limits = listen.KestrelServerOptions.Limits;
        limits.MaxRequestHeadersTotalSize = MaxHeaders;
        limits.MaxRequestBodySize = MaxBody;
        limits.MaxRequestBufferSize = 2 * MaxHeaders;
        limits.RequestHeadersTimeout = settings.Timeout;
        limits.KeepAliveTimeout = settings.Timeout;
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
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        // The port is that of plain HTTP and would be wrong for https.
        var host = request.Host.Host;
        var path = Uri.CheckHostName(host) == UriHostNameType.Unknown ? null : Path(target);
        var challenge = _acme is not null && path is not null && !hasBody && AcmeProxy.IsChallenge(request, path);
        if (path is null || challenge || hasBody || requests >= MaxRequests)
            response.Headers.Connection = "close";
        if (challenge)
            return _acme!.Answer(context, path!);
        response.ContentLength = 0;
        response.StatusCode = path is null ? StatusCodes.Status400BadRequest : StatusCodes.Status301MovedPermanently;
        response.Headers.Location = path is null ? default : new($"https://{host}{path}");
        return Task.CompletedTask;
    }

    /// <summary>Path and query as the client sent them; null where they cannot be redirected. An absolute target (RFC 9112, section 3.2.2)
    /// that names another host than the Host field does not come here: Kestrel answers 400.</summary>
    private static string? Path(string target) => target switch
    {
        _ when target.AsSpan().ContainsAnyExceptInRange('!', '~') => null,
        ['/', ..] => target,
        "*" => "/",
        _ => Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? uri.PathAndQuery : null,
    };
}
