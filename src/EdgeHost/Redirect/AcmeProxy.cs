using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeHost.Redirect;

/// <summary>A request that is passed on.</summary>
internal sealed record AcmeRequest(string Path, string Host, bool HeadOnly);

/// <summary>
/// Passes requests for challenges (RFC 8555, section 8.3) on to the one that applies for certificates. Only what can be such a request:
/// GET or HEAD, a token of letters, digits, '-' and '_', so that no other page of that server is in reach. The answer is bounded, the
/// connection closed behind it.
/// </summary>
internal sealed class AcmeProxy : IDisposable
{
    private const int MaxBody = 64 * 1024;
    private const int MaxToken = 256;
    private const int MaxAtOnce = 64;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private readonly HttpClient _client;
    private readonly SemaphoreSlim _slots = new(MaxAtOnce);

    public AcmeProxy(EndPoint backend)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = Timeout / 2,
            MaxResponseHeadersLength = 16,
        };
        var (host, port) = backend is DnsEndPoint name ? (name.Host, name.Port) : Literal((IPEndPoint)backend);
        _client = new HttpClient(handler) { BaseAddress = new UriBuilder(Uri.UriSchemeHttp, host, port).Uri, Timeout = Timeout };
    }

    private static ReadOnlySpan<byte> Folder => "/.well-known/acme-challenge/"u8;

    /// <returns>Null: no request for a challenge.</returns>
    public static AcmeRequest? Match(in HttpHead head)
    {
        var headOnly = head.Method.SequenceEqual("HEAD"u8);
        if ((!headOnly && !head.Method.SequenceEqual("GET"u8)) || head.HasBody || !head.Path.StartsWith(Folder))
            return null;
        var token = head.Path[Folder.Length..];
        return token.Length is > 0 and <= MaxToken && !token.ContainsAnyExcept(TokenBytes)
            ? new AcmeRequest(Encoding.ASCII.GetString(head.Path), Encoding.ASCII.GetString(head.Host), headOnly)
            : null;
    }

    /// <exception cref="IOException">The answer is too large; the connection has to be cut, as the answer is.</exception>
    /// <exception cref="OperationCanceledException">So has it when the answer was not complete in time.</exception>
    public async Task Answer(AcmeRequest request, PipeWriter output)
    {
        if (!await _slots.WaitAsync(TimeSpan.Zero))
        {
            output.Write(HttpResponses.Unavailable);
            return;
        }
        try
        {
            using var message = new HttpRequestMessage(request.HeadOnly ? HttpMethod.Head : HttpMethod.Get, new Uri(request.Path, UriKind.Relative));
            message.Headers.Host = request.Host;
            using var deadline = new CancellationTokenSource(Timeout);
            HttpResponseMessage response;
            try
            {
                response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                output.Write(HttpResponses.Unavailable);
                return;
            }
            using (response)
                await PassOn(response, request.HeadOnly, output, deadline.Token);
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose() => _client.Dispose();

    private static async Task PassOn(HttpResponseMessage response, bool headOnly, PipeWriter output, CancellationToken cancel)
    {
        var length = response.Content.Headers.ContentLength;
        if (length > MaxBody)
        {
            output.Write(HttpResponses.Unavailable);
            return;
        }
        Write(output, $"HTTP/1.1 {(int)response.StatusCode} {response.ReasonPhrase}\r\n");
        if (length is { } known)
            Write(output, $"content-length: {known}\r\n");
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type))
            Write(output, $"content-type: {type}\r\n");
        output.Write("connection: close\r\n\r\n"u8);
        if (headOnly)
            return;

        using var body = await response.Content.ReadAsStreamAsync(cancel);
        for (var left = MaxBody; ;)
        {
            var got = await body.ReadAsync(output.GetMemory(4096), cancel);
            if (got == 0)
                return;
            if ((left -= got) < 0)
                throw new IOException("The answer to the challenge is too large.");
            output.Advance(got);
            await output.FlushAsync(cancel);
        }
    }

    private static void Write(PipeWriter output, string text) => output.Write(Encoding.Latin1.GetBytes(text));

    private static (string Host, int Port) Literal(IPEndPoint end) =>
        (end.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{end.Address}]" : end.Address.ToString(), end.Port);
}
