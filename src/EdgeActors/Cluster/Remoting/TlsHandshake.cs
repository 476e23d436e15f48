using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using EdgeActors.Cluster.Tls;
using EdgeActors.Health;

namespace EdgeActors.Cluster.Remoting;

/// <summary>
/// TLS in which both sides show a certificate of the cluster's own authority. Names are not compared: nodes know each other by address, which
/// may be a new one tomorrow, and a name would tell one node from another, not a node from a stranger. That is why the authority has to be the
/// cluster's own.
/// </summary>
internal sealed class TlsHandshake(TlsIdentityFiles files, TimeSpan timeout, ILoggingAdapter log) : IHandshake
{
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    private DateTimeOffset? _warnedOf;

    public Task<Stream> AsServer(Socket socket) => Run(socket, (stream, identity, peer, cancel) =>
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

    public Task<Stream> AsClient(Socket socket) => Run(socket, (stream, identity, peer, cancel) =>
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

    private async Task<Stream> Run(Socket socket, Func<SslStream, TlsIdentity, Peer, CancellationToken, Task> handshake)
    {
        var peer = new Peer();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            await handshake(stream, Identity(), peer, deadline.Token).ConfigureAwait(false);
            return stream;
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new HandshakeException(deadline.IsCancellationRequested ? $"no handshake within {timeout.TotalSeconds} s" : peer.Wrong ?? Words(e), e);
        }
    }

    /// <summary>With what there is to say of it.</summary>
    private TlsIdentity Identity()
    {
        var identity = files.Current(out var news, out var failed);
        if (failed)
            log.Warning("cluster: {0}", news);
        else if (news.Length > 0)
            log.Info("cluster: {0}", news);
        var now = DateTimeOffset.UtcNow;
        if (CertificateExpiry.IsNear(identity.Expires, now) && _warnedOf != identity.Expires)
        {
            _warnedOf = identity.Expires;
            log.Warning("cluster: {0}", CertificateExpiry.Words(identity.Expires, now));
        }
        return identity;
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
