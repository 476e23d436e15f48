using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Protocol;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Health;

public interface IServerCheck
{
    /// <summary>Ends within the check's timeout. Network failures are outcomes; only faults of this program throw.</summary>
    Task<CheckOutcome> Run(BackendSettings backend, ServerModel server);
}

/// <summary>Checks over real sockets: connect, PROXY header, TLS handshake, HTTP request, as configured. A failure is named after the
/// layer that the check had reached.</summary>
public sealed class ServerCheck(ITransport transport, TimeProvider time) : IServerCheck
{
    /// <summary>Nothing is verified, so building a chain must not download certificates.</summary>
    private static readonly X509ChainPolicy Offline =
        new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    public async Task<CheckOutcome> Run(BackendSettings backend, ServerModel server)
    {
        var settings = backend.Health;
        var endPoint = server.State.EndPoint;
        var sni = settings.Sni ?? (server.Settings.EndPoint as DnsEndPoint)?.Host;
        var since = time.GetTimestamp();
        var (timedOut, failed) = (CheckStatus.L4Timeout, CheckStatus.L4Connect);
        DateTimeOffset? expires = null;
        CheckOutcome outcome;
        using var deadline = new CancellationTokenSource(settings.Timeout, time);
        try
        {
            using var socket = await transport.Probe(endPoint, backend.SourceFor(endPoint), deadline.Token).ConfigureAwait(false);
            // Sent even after the deadline: a new socket's buffer has room, and a server that gets no header logs an error.
            var header = CheckHeaders.For(settings.SendProxy, socket);
            if (header.Length > 0)
                socket.Send(header.Span);
            // HttpClient reads without a cancellation token, so the deadline closes the socket.
            await using var ending = deadline.Token.Register(socket.Dispose);
            outcome = new CheckOutcome(CheckStatus.L4Ok);
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            await using var tls = settings.Check is CheckKind.Tls or CheckKind.Https ? new SslStream(plain) : null;
            if (tls is not null)
            {
                (timedOut, failed) = (CheckStatus.L6Timeout, CheckStatus.L6Response);
                await tls.AuthenticateAsClientAsync(TlsOptions(sni), deadline.Token).ConfigureAwait(false);
                expires = (tls.RemoteCertificate as X509Certificate2)?.NotAfter.ToUniversalTime();
                outcome = new CheckOutcome(CheckStatus.L6Ok);
            }
            if (settings.Check is CheckKind.Http or CheckKind.Https)
            {
                (timedOut, failed) = (CheckStatus.L7Timeout, CheckStatus.L7Response);
                var host = settings.Http.Host ?? sni ?? $"{endPoint}";
                outcome = await HttpCheck.Run(tls ?? (Stream)plain, settings.Http, host, deadline.Token).ConfigureAwait(false);
            }
            Finish(socket);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or AuthenticationException
            or HttpRequestException or ObjectDisposedException)
        {
            outcome = deadline.IsCancellationRequested ? new CheckOutcome(timedOut, CheckOutcome.Words(CloseReason.ConnectTimeout))
                : failed == CheckStatus.L4Connect ? CheckOutcome.NotConnected(CloseReasons.OfConnect(e))
                : new CheckOutcome(failed, Words(e));
        }
        return outcome with { Duration = time.GetElapsedTime(since), CertificateExpires = expires };
    }

    private static string Words(Exception e) => e switch
    {
        SocketException socket => CheckOutcome.Words(CloseReasons.OfConnect(socket)),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "no HTTP response",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
            or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => "closed without a response",
        { InnerException: (SocketException or IOException) and var inner } => Words(inner),
        AuthenticationException => "no handshake",
        HttpRequestException => "no HTTP response",
        _ => "closed",
    };

    /// <summary>Orderly close, so that the server logs no error.</summary>
    private static void Finish(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // ENOTCONN, ECONNRESET, or closed after the HTTP response: the outcome is known already.
        }
    }

    private static SslClientAuthenticationOptions TlsOptions(string? sni) => new()
    {
        // An empty name sends no SNI.
        TargetHost = sni ?? "",
        // A resumed session would not show the certificate.
        AllowTlsResume = false,
        CertificateChainPolicy = Offline,
#pragma warning disable CA5359 // Whether the server answers is asked, not who it is: clients see to that, end to end.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };
}

/// <summary>One HTTP request over a connected stream.</summary>
internal static class HttpCheck
{
    /// <summary>The path is sent unchanged: a check may test how a server handles <c>/a/../b</c>.</summary>
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
                : ValueTask.FromResult(stream),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
        using var invoker = new HttpMessageInvoker(handler);
        // "http": the stream needs no further TLS. ConnectCallback ignores the host name.
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
        var expected = http.Expect.Contains(status) ? CheckStatus.L7Ok : CheckStatus.L7Status;
        return new CheckOutcome(expected, status.ToString(CultureInfo.InvariantCulture), HttpStatus: status);
    }
}

internal static class CheckHeaders
{
    public static ReadOnlyMemory<byte> For(CheckHeader kind, Socket socket)
    {
        switch (kind)
        {
            case CheckHeader.Local:
                var local = new byte[ProxyHeaderV2.FixedLength];
                ProxyHeaderV2.WriteLocal(local);
                return local;
            case CheckHeader.Proxy:
                var header = new byte[ProxyHeaderV2.MaxLength];
                var length = ProxyHeaderV2.Write(header, (IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!);
                return header.AsMemory(0, length);
            default:
                return default;
        }
    }
}
