using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
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

/// <summary>Limits Kestrel's connections at once, and new ones per second. Further clients wait in the kernel's backlog at no cost;
/// Kestrel's own limit would close them, and connection middleware would hold their sockets.</summary>
/// <param name="slots">One is taken for each connection; connection middleware releases it.</param>
internal sealed class PacedTransport(IConnectionListenerFactory inner, SemaphoreSlim slots, AcceptPace pace) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken), slots, pace);

    private sealed class Listener(IConnectionListener inner, SemaphoreSlim slots, AcceptPace pace) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbinding = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            ConnectionContext? connection = null;
            try
            {
                await slots.WaitAsync(_unbinding.Token);
                connection = await inner.AcceptAsync(cancellationToken);
                // A delay is cut to whole milliseconds.
                if (connection is not null && pace.Reserve() is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(wait + TimeSpan.FromMilliseconds(1), _unbinding.Token);
            }
            catch (OperationCanceledException) when (_unbinding.IsCancellationRequested)
            {
                // A connection that waited for its turn is served as the last one.
            }
            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbinding.CancelAsync();
            await inner.UnbindAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>Spreads events so that no second holds more than <c>rate</c> of them: the next event comes a second after the oldest of the
/// last <c>rate</c>. A token bucket would admit twice as many after an idle second.</summary>
/// <param name="rate">Null: no limit.</param>
internal sealed class AcceptPace(int? rate, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long[] _times = new long[rate ?? 0];
    private long _count;

    /// <returns>How long the caller has to wait until its event.</returns>
    public TimeSpan Reserve()
    {
        if (_times.Length == 0)
            return TimeSpan.Zero;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            ref var oldest = ref _times[_count % _times.Length];
            oldest = _count++ < _times.Length ? now : Math.Max(now, oldest + time.TimestampFrequency);
            return time.GetElapsedTime(now, oldest);
        }
    }
}

/// <summary>
/// Passes HTTP-01 challenges (RFC 8555, section 8.3) to the server that applies for certificates. Only GET and HEAD of a token of letters,
/// digits, '-' and '_' pass, so that no other page of that server is in reach. Time, size and number of its responses are bounded.
/// </summary>
internal sealed partial class AcmeProxy(EndPoint backend) : IDisposable
{
    private const int MaxBody = 64 * 1024, MaxAtOnce = 64;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = Timeout / 2,
        MaxResponseHeadersLength = 16,
        MaxConnectionsPerServer = MaxAtOnce,
    })
    {
        BaseAddress = new Uri($"http://{(backend is DnsEndPoint name ? $"{name.Host}:{name.Port}" : backend.ToString())}"),
        Timeout = Timeout,
        MaxResponseContentBufferSize = MaxBody,
    };

    public static bool IsChallenge(HttpRequest request, string path) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && Challenge().IsMatch(path);

    public async Task Answer(HttpContext context, string path)
    {
        var (request, response) = (context.Request, context.Response);
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(path, UriKind.Relative));
        message.Headers.Host = request.Host.Host;
        try
        {
            using var answer = await _client.SendAsync(message, context.RequestAborted);
            var body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
            response.StatusCode = (int)answer.StatusCode;
            response.ContentLength = answer.Content.Headers.ContentLength;
            if (answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type))
                response.ContentType = type.ToString();
            await response.Body.WriteAsync(body);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    public void Dispose() => _client.Dispose();

    [GeneratedRegex(@"^/\.well-known/acme-challenge/[-_0-9A-Za-z]{1,256}\z")]
    private static partial Regex Challenge();
}
