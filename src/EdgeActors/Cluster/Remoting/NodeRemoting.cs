using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EdgeActors.Config;

namespace EdgeActors.Cluster.Remoting;

/// <summary>What an actor system has to be told to reach others by <see cref="NodeTransport"/>.</summary>
public static class NodeRemoting
{
    internal const string Section = "akka.remote.edge";

    /// <summary>Of the addresses of such systems: <c>akka.tls://edge@10.0.0.1:4053</c>, and <c>akka.tcp</c> without TLS. They differ, so that a node that has it
    /// and one that has not find out by their addresses and not by a handshake.</summary>
    internal const string Plain = "tcp", Tls = "tls";

    /// <summary>The configuration, to be laid over Akka's own.</summary>
    /// <param name="tls">Null: none.</param>
    /// <param name="bind">The one address that is listened on, and the one that others are told; port 0: the kernel's choice.</param>
    /// <param name="limits">Null: the usual ones.</param>
    public static string Hocon(ClusterTlsSettings? tls, IPEndPoint bind, NodeTransportLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(bind);
        limits ??= NodeTransportLimits.Usual;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote {
              enabled-transports = ["{{Section}}"]
              handshake-timeout = {{(limits.ConnectTimeout + (2 * limits.HandshakeTimeout)).TotalMilliseconds}} ms
            }
            {{Section}} {
              transport-class = "{{typeof(NodeTransport).FullName}}, {{typeof(NodeTransport).Assembly.GetName().Name}}"
              applied-adapters = []
              transport-protocol = {{(tls is null ? Plain : Tls)}}
              hostname = {{Quoted(bind.Address.ToString())}}
              port = {{bind.Port}}
              connect-timeout = {{limits.ConnectTimeout.TotalMilliseconds}} ms
              handshake-timeout = {{limits.HandshakeTimeout.TotalMilliseconds}} ms
              max-handshakes = {{limits.MaxHandshakes}}
              maximum-frame-size = {{limits.MaxFrame}}
              max-queued-bytes = {{limits.MaxQueued}}
              unacknowledged-timeout = {{limits.UnacknowledgedTimeout.TotalMilliseconds}} ms
              {{(tls is null ? "" : $"certificate = {Quoted(tls.Certificate)}, key = {Quoted(tls.Key)}, authority = {Quoted(tls.Authority)}")}}
            }
            """);
    }

    /// <summary>As it stands in an address: of IPv6 in brackets.</summary>
    internal static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
