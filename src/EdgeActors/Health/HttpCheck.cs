using System.Globalization;
using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>One request over a stream that is connected already; the framework speaks HTTP, this only hands it the stream.</summary>
internal static class HttpCheck
{
    /// <summary>The path goes out as it is written: a check may be of how a server takes <c>/a/../b</c>.</summary>
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <exception cref="HttpRequestException">No HTTP response.</exception>
    /// <exception cref="OperationCanceledException">Not in time.</exception>
    public static async Task<CheckOutcome> Run(Stream stream, HttpCheckSettings http, string host, CancellationToken cancel)
    {
        var given = false;
        using var handler = new SocketsHttpHandler
        {
            // The framework would try again where a server has closed without a byte; a check has the one connection.
            ConnectCallback = (_, _) => Interlocked.Exchange(ref given, true)
                ? ValueTask.FromException<Stream>(new HttpIOException(HttpRequestError.ResponseEnded))
                : ValueTask.FromResult(stream),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
        using var invoker = new HttpMessageInvoker(handler);
        // The scheme is that of a stream that needs no more TLS; where it leads is the callback's.
        using var request = new HttpRequestMessage(new HttpMethod(http.Method), new Uri("http://check" + http.Path, AsWritten))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("Host", host);
        request.Headers.TryAddWithoutValidation("User-Agent", "edge-check");
        request.Headers.ConnectionClose = true;
        using var response = await invoker.SendAsync(request, cancel).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        return new CheckOutcome(
            http.Expect.Contains(status) ? CheckStatus.L7Ok : CheckStatus.L7Status, status.ToString(CultureInfo.InvariantCulture), HttpStatus: status);
    }
}
