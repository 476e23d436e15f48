using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EdgeActors.Cluster.Tls;

namespace EdgeActors.Cluster.Remoting;

/// <summary>The peer is not taken for a node; the message says why.</summary>
internal sealed class HandshakeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// TLS in which both sides show a certificate of the cluster's own authority. Names are not compared: nodes know each other by address, which
/// may be a new one tomorrow, and a name would tell one node from another, not a node from a stranger. That is why the authority has to be the
/// cluster's own.
/// </summary>
internal static class TlsHandshake
{
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <exception cref="HandshakeException">It has failed, or has taken too long.</exception>
    public static Task<SslStream> AsServer(Socket socket, TlsIdentity identity, TimeSpan timeout) => Run(socket, timeout, (stream, peer, cancel) =>
        stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = identity.Context,
                ClientCertificateRequired = true,
                CertificateChainPolicy = identity.Policy(),
                RemoteCertificateValidationCallback = peer.Judge,
                EnabledSslProtocols = Versions,
                // Each handshake is to see the certificate of now.
                AllowTlsResume = false,
            },
            cancel));

    /// <inheritdoc cref="AsServer"/>
    public static Task<SslStream> AsClient(Socket socket, TlsIdentity identity, TimeSpan timeout) => Run(socket, timeout, (stream, peer, cancel) =>
        stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                // None is sent, and none is compared.
                TargetHost = "",
                ClientCertificateContext = identity.Context,
                CertificateChainPolicy = identity.Policy(),
                RemoteCertificateValidationCallback = peer.Judge,
                EnabledSslProtocols = Versions,
                AllowTlsResume = false,
            },
            cancel));

    private static async Task<SslStream> Run(Socket socket, TimeSpan timeout, Func<SslStream, Peer, CancellationToken, Task> handshake)
    {
        var peer = new Peer();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            await handshake(stream, peer, deadline.Token).ConfigureAwait(false);
            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new HandshakeException(deadline.IsCancellationRequested ? $"no handshake within {timeout.TotalSeconds} s" : peer.Wrong ?? Words(e), e);
        }
    }

    private static string Words(Exception e) => e switch
    {
        AuthenticationException { InnerException: { } inner } => $"no handshake: {inner.Message.ReplaceLineEndings(" ")}",
        _ => $"no handshake: {e.Message.ReplaceLineEndings(" ")}",
    };

    private sealed class Peer
    {
        /// <summary>What is wrong with its certificate; null: nothing that was seen.</summary>
        public string? Wrong { get; private set; }

        public bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            if (certificate is null || chain is null)
                Wrong = "it showed no certificate";
            else if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None)
                Wrong = $"its certificate ({certificate.Subject}) is none of a node ({TlsIdentity.Words(chain)})";
            return Wrong is null;
        }
    }
}
