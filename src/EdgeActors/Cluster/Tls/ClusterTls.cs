using System.Security.Cryptography.X509Certificates;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using EdgeActors.Tls;

namespace EdgeActors.Cluster.Tls;

/// <summary>Mutual TLS of Akka.Remote by a node's identity.</summary>
internal static class ClusterTls
{
    /// <summary>Of Akka.Remote's internal TlsHandshakeFailureReason.</summary>
    private const int HandshakeFailed = 79;

    public static DotNettySslSetup Setup(TlsIdentity identity, TimeProvider time) => new(
        identity.Certificate, suppressValidation: false, requireMutualAuthentication: true,
        (certificate, chain, peer, _, log) => IsNode(identity, certificate, chain, peer, time, log));

    /// <summary>Akka.Remote shuts a system down when a dialled server fails the handshake, e.g. with an expired certificate. A task that
    /// fails in the first phase stops that shutdown.</summary>
    public static void SurviveFailedHandshakes(ActorSystem system)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "edge-survive-failed-handshake", () =>
            shutdown.ShutdownReason is { ExitCode: HandshakeFailed } reason
                ? Task.FromException<Done>(new OperationCanceledException(reason.ToString()))
                : Task.FromResult(Done.Instance));
    }

    private static bool IsNode(
        TlsIdentity identity, X509Certificate2? certificate, X509Chain? chain, string peer, TimeProvider time, ILoggingAdapter log)
    {
        if (certificate is null)
        {
            log.Warning("cluster: {0} was not let in: it showed no certificate", peer);
            return false;
        }
        var sent = chain?.ChainElements.Select(static element => element.Certificate) ?? [];
        if (identity.WhyNotTrusted(certificate, sent, time.GetUtcNow()) is not { } why)
            return true;
        log.Warning("cluster: {0} was not let in: its certificate ({1}) is none of a node ({2})", peer, certificate.Subject, why);
        return false;
    }
}
