using System.Globalization;
using System.Net;
using EdgeActors.Routing;
using EdgeActors.Settings;

namespace EdgeActors.Health;

/// <summary>One HTTP request over a connected stream.</summary>
internal static class HttpCheck
{
    /// <summary>Sends the path unchanged, because a check may test how a server handles <c>/a/../b</c>.</summary>
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <exception cref="HttpRequestException">No HTTP response.</exception>
    /// <exception cref="OperationCanceledException">The timeout has elapsed.</exception>
    public static async Task<CheckOutcome> Run(Stream stream, HttpCheckSettings http, string host, CancellationToken cancel)
    {
        var given = false;
        using var handler = new SocketsHttpHandler
        {
            // HttpClient would retry on a new connection if the server closes without a byte; a check has one connection.
            ConnectCallback = (_, _) => Interlocked.Exchange(ref given, true)
                ? ValueTask.FromException<Stream>(new HttpIOException(HttpRequestError.ResponseEnded))
                : ValueTask.FromResult(http.Path == HttpCheckSettings.AnyPath ? new AsteriskStream(stream) : stream),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
        using var invoker = new HttpMessageInvoker(handler);
        // "http": the stream needs no further TLS. ConnectCallback ignores the host name.
        var path = http.Path == HttpCheckSettings.AnyPath ? AsteriskStream.Path : http.Path;
        using var request = new HttpRequestMessage(new HttpMethod(http.Method), new Uri("http://check" + path, AsWritten))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("Host", host);
        request.Headers.TryAddWithoutValidation("User-Agent", "edge-check");
        request.Headers.ConnectionClose = true;
        using var response = await invoker.SendAsync(request, cancel).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        var expected = http.Expect.Contains(status) ? CheckStatus.L7Ok : CheckStatus.L7Status;
        return new CheckOutcome(expected, status.ToString(CultureInfo.InvariantCulture), HttpStatus: status);
    }
}

/// <summary>HttpClient cannot request "*" (RFC 9112 §3.2.4). It gets <see cref="Path"/>, and the slash is removed from its first
/// write.</summary>
internal sealed class AsteriskStream(Stream inner) : Stream
{
    public const string Path = "/*";

    private bool _isWritten;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var slash = _isWritten ? -1 : buffer.Span.IndexOf((byte)'/');
        _isWritten = true;
        return inner.WriteAsync(slash < 0 ? buffer : Without(slash, buffer.Span), cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static byte[] Without(int index, ReadOnlySpan<byte> buffer) => [.. buffer[..index], .. buffer[(index + 1)..]];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
