using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Config;

namespace EdgeActors.Cluster.Remoting;

/// <summary>What an actor system has to be told to reach others by <see cref="TlsTransport"/>.</summary>
public static class TlsRemoting
{
    /// <summary>Of the addresses of such systems: <c>akka.tls://edge@10.0.0.1:4053</c>. It differs from plain remoting's, so that a node that has TLS and one that
    /// has not find out by their addresses and not by a handshake.</summary>
    public const string Protocol = "akka." + Scheme;

    internal const string Scheme = "tls";

    private const string Section = "akka.remote.edge-tls";

    /// <summary>The configuration, to be laid over Akka's own.</summary>
    /// <param name="bind">The one address that is listened on, and the one that others are told; port 0: the kernel's choice.</param>
    /// <param name="limits">Null: the usual ones.</param>
    public static string Hocon(ClusterTlsSettings tls, IPEndPoint bind, TlsTransportLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(tls);
        ArgumentNullException.ThrowIfNull(bind);
        limits ??= TlsTransportLimits.Usual;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote {
              enabled-transports = ["{{Section}}"]
              handshake-timeout = {{(limits.ConnectTimeout + (2 * limits.HandshakeTimeout)).TotalMilliseconds}} ms
            }
            {{Section}} {
              transport-class = "{{typeof(TlsTransport).FullName}}, {{typeof(TlsTransport).Assembly.GetName().Name}}"
              applied-adapters = []
              transport-protocol = {{Scheme}}
              hostname = {{Quoted(bind.Address.ToString())}}
              port = {{bind.Port}}
              certificate = {{Quoted(tls.Certificate)}}
              key = {{Quoted(tls.Key)}}
              authority = {{Quoted(tls.Authority)}}
              connect-timeout = {{limits.ConnectTimeout.TotalMilliseconds}} ms
              handshake-timeout = {{limits.HandshakeTimeout.TotalMilliseconds}} ms
              max-handshakes = {{limits.MaxHandshakes}}
              maximum-frame-size = {{limits.MaxFrame}}
              max-queued-bytes = {{limits.MaxQueued}}
              unacknowledged-timeout = {{limits.UnacknowledgedTimeout.TotalMilliseconds}} ms
            }
            """);
    }

    /// <summary>As it stands in an address: of IPv6 in brackets.</summary>
    internal static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
