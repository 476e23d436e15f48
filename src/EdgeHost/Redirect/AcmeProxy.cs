using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace EdgeHost.Redirect;

/// <summary>
/// Passes HTTP-01 challenges (RFC 8555, section 8.3) to the server that applies for certificates. Only GET and HEAD of a token of letters,
/// digits, '-' and '_' pass, so that no other page of that server is in reach. Time, size and number of its responses are bounded.
/// </summary>
internal sealed partial class AcmeProxy : IDisposable
{
    private const int MaxBody = 64 * 1024, MaxAtOnce = 64;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;

    public AcmeProxy(EndPoint backend) =>
        _client = new HttpClient(new SocketsHttpHandler
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
