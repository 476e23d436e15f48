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
        var addresses = server.State.Addresses;
        var endPoint = addresses[0];
        if (endPoint is DnsEndPoint)
            return new CheckOutcome(CheckStatus.L4Connect, "no address");
        var sni = settings.Sni ?? (server.Settings.EndPoint as DnsEndPoint)?.Host;
        var since = time.GetTimestamp();
        var (timedOut, failed) = (CheckStatus.L4Timeout, CheckStatus.L4Connect);
        DateTimeOffset? expires = null;
        CheckOutcome outcome;
        using var deadline = new CancellationTokenSource(settings.Timeout, time);
        try
        {
            var connected = await Connect(backend, addresses, deadline.Token).ConfigureAwait(false);
            using var socket = connected.Socket;
            endPoint = connected.Address;
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
                // curl sends localhost over a Unix socket, too.
                var host = settings.Http.Host ?? sni ?? (endPoint is UnixEndPoint ? "localhost" : $"{endPoint}");
                outcome = await HttpCheck.Run(tls ?? (Stream)plain, settings.Http, host, deadline.Token).ConfigureAwait(false);
            }
            Finish(socket);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or AuthenticationException
            or HttpRequestException or ObjectDisposedException)
        {
            outcome = e is SocketException { SocketErrorCode: SocketError.TimedOut } && endPoint is UnixEndPoint
                ? new CheckOutcome(timedOut, e.Message)
                : deadline.IsCancellationRequested ? new CheckOutcome(timedOut, CheckOutcome.Words(CloseReason.ConnectTimeout))
                : failed == CheckStatus.L4Connect ? NotConnected(e, endPoint)
                : new CheckOutcome(failed, Words(e));
        }
        var other = endPoint.Equals(addresses[0]) ? null : endPoint;
        return outcome with { Duration = time.GetElapsedTime(since), CertificateExpires = expires, Address = other };
    }

    /// <summary>Connects to the first address that accepts. Each address but the last has an equal share of the timeout.</summary>
    private async Task<(Socket Socket, EndPoint Address)> Connect(
        BackendSettings backend, IReadOnlyList<EndPoint> addresses, CancellationToken deadline)
    {
        for (var i = 0; ; i++)
        {
            var isLast = i == addresses.Count - 1;
            using var share = isLast ? null : new CancellationTokenSource(backend.Health.Timeout / addresses.Count, time);
            using var either = isLast ? null : CancellationTokenSource.CreateLinkedTokenSource(share!.Token, deadline);
            try
            {
                var cancel = either?.Token ?? deadline;
                return (await transport.Probe(addresses[i], backend.SourceFor(addresses[i]), cancel).ConfigureAwait(false), addresses[i]);
            }
            catch (Exception e) when (!isLast && !deadline.IsCancellationRequested && e is SocketException or OperationCanceledException)
            {
                // Refused, unreachable or silent: the next address may answer.
            }
        }
    }

    /// <summary>The error of a Unix socket is shown as the system reports it, because ENOENT and EACCES have no TCP counterpart.</summary>
    private static CheckOutcome NotConnected(Exception e, EndPoint endPoint)
    {
        var outcome = CheckOutcome.NotConnected(CloseReasons.OfConnect(e));
        return endPoint is UnixEndPoint && outcome.Status == CheckStatus.L4Connect ? outcome with { Detail = e.Message } : outcome;
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
                // A Unix socket has no addresses, but this header needs two.
                var (source, target) = socket.AddressFamily == AddressFamily.Unix
                    ? (new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0))
                    : ((IPEndPoint)socket.LocalEndPoint!, (IPEndPoint)socket.RemoteEndPoint!);
                var header = new byte[ProxyHeaderV2.MaxLength];
                var length = ProxyHeaderV2.Write(header, source, target);
                return header.AsMemory(0, length);
            default:
                return default;
        }
    }
}
