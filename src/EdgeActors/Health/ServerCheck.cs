using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Transport;

namespace EdgeActors.Health;

/// <summary>Runs one check of one server.</summary>
public interface IServerCheck
{
    /// <summary>Ends within the check's timeout, with whatever the network did; throws for faults of this program alone.</summary>
    Task<CheckOutcome> Run(BackendSettings backend, ServerModel server);
}

/// <summary>
/// Checks over real sockets: connect, PROXY header, TLS handshake, HTTP request, as far as the settings say. The layer that a check had
/// reached says what its failure is called.
/// </summary>
public sealed class ServerCheck(ITransport transport, TimeProvider time) : IServerCheck
{
    /// <summary>Building a chain must not go out for missing links, as nothing is verified.</summary>
    private static readonly X509ChainPolicy Offline = new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    private enum Layer
    {
        Connect,
        Tls,
        Http,
    }

    public async Task<CheckOutcome> Run(BackendSettings backend, ServerModel server)
    {
        var settings = backend.Health;
        var endPoint = server.State.EndPoint;
        var sni = settings.Sni ?? (server.Settings.EndPoint as DnsEndPoint)?.Host;
        var since = time.GetTimestamp();
        var layer = Layer.Connect;
        DateTimeOffset? expires = null;
        CheckOutcome outcome;
        using var deadline = new CancellationTokenSource(settings.Timeout, time);
        try
        {
            using var socket = await transport.Probe(endPoint, backend.SourceFor(endPoint), deadline.Token).ConfigureAwait(false);
            // At once and whatever the time: a new socket has room for it, and a server that misses its header logs an error.
            var header = CheckHeaders.For(settings.SendProxy, socket);
            if (header.Length > 0)
                socket.Send(header.Span);
            // The framework's HTTP reads without a token, and trusts that its stream breaks; a check that never ends would be the last one.
            await using var ending = deadline.Token.Register(socket.Dispose);
            outcome = new CheckOutcome(CheckStatus.L4Ok);
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            await using var tls = settings.Check is CheckKind.Tls or CheckKind.Https ? new SslStream(plain) : null;
            if (tls is not null)
            {
                layer = Layer.Tls;
                await tls.AuthenticateAsClientAsync(TlsOptions(sni), deadline.Token).ConfigureAwait(false);
                expires = (tls.RemoteCertificate as X509Certificate2)?.NotAfter.ToUniversalTime();
                outcome = new CheckOutcome(CheckStatus.L6Ok);
            }
            if (settings.Check is CheckKind.Http or CheckKind.Https)
            {
                layer = Layer.Http;
                var host = settings.Http.Host ?? sni ?? $"{endPoint}";
                outcome = await HttpCheck.Run(tls ?? (Stream)plain, settings.Http, host, deadline.Token).ConfigureAwait(false);
            }
            Finish(socket);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or AuthenticationException
            or HttpRequestException or ObjectDisposedException)
        {
            outcome = deadline.IsCancellationRequested ? TimedOut(layer) : Failed(layer, e);
        }
        return outcome with { Duration = time.GetElapsedTime(since), CertificateExpires = expires };
    }

    private static CheckOutcome TimedOut(Layer layer) => new(
        layer switch
        {
            Layer.Connect => CheckStatus.L4Timeout,
            Layer.Tls => CheckStatus.L6Timeout,
            _ => CheckStatus.L7Timeout,
        },
        CheckOutcome.Words(CloseReason.ConnectTimeout));

    private static CheckOutcome Failed(Layer layer, Exception e) => layer switch
    {
        Layer.Connect => CheckOutcome.NotConnected(CloseReasons.OfConnect(e)),
        Layer.Tls => new CheckOutcome(CheckStatus.L6Response, Words(e)),
        _ => new CheckOutcome(CheckStatus.L7Response, Words(e)),
    };

    private static string Words(Exception e) => e switch
    {
        SocketException socket => CheckOutcome.Words(CloseReasons.OfConnect(socket)),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "no HTTP response",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } =>
            "closed without a response",
        { InnerException: (SocketException or IOException) and var inner } => Words(inner),
        AuthenticationException => "no handshake",
        HttpRequestException => "no HTTP response",
        _ => "closed",
    };

    /// <summary>In order, so that the server's log has a connection that closed and not one that broke. A server that has gone meanwhile has
    /// answered all the same.</summary>
    private static void Finish(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // ENOTCONN, ECONNRESET, or closed behind an HTTP response: there is nobody to tell.
        }
    }

    private static SslClientAuthenticationOptions TlsOptions(string? sni) => new()
    {
        // An empty one sends no server name.
        TargetHost = sni ?? "",
        // Each check is to see the certificate.
        AllowTlsResume = false,
        CertificateChainPolicy = Offline,
#pragma warning disable CA5359 // Whether the server answers is asked, not who it is: clients see to that, end to end.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
    };
}
