using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Connection;

/// <summary>What goes ahead of the client's first byte.</summary>
internal static class Prefaces
{
    public const int MaxLength = ProxyHeaderV2.MaxLength;

    /// <returns>Bytes written; 0 where the backend expects none.</returns>
    public static int Write(Span<byte> destination, BackendSettings backend, ConnectionRecord connection)
    {
        var link = connection.Link;
        return backend.ProxyProtocol switch
        {
            ProxyProtocol.Off => 0,
            ProxyProtocol.V1 => ProxyHeaderV1.Write(destination, link.Client, link.Local),
            _ when backend.ProxyTlvs == ProxyTlvs.None => ProxyHeaderV2.Write(destination, link.Client, link.Local),
            _ => WithFields(destination, backend.ProxyTlvs, connection),
        };
    }

    private static int WithFields(Span<byte> destination, ProxyTlvs wanted, ConnectionRecord connection)
    {
        Span<byte> id = stackalloc byte[ConnectionUniqueId.MaxLength];
        connection.HasUniqueId = wanted.HasFlag(ProxyTlvs.UniqueId);
        return ProxyHeaderV2.Write(destination, connection.Link.Client, connection.Link.Local, new ProxyFields
        {
            Checksum = wanted.HasFlag(ProxyTlvs.Crc32C),
            // Which protocol client and server will agree on is encrypted in TLS 1.3: what is known is what the client likes best.
            Alpn = wanted.HasFlag(ProxyTlvs.Alpn) ? connection.Alpn.First : default,
            Authority = wanted.HasFlag(ProxyTlvs.Authority) ? connection.ServerName : default,
            UniqueId = connection.HasUniqueId ? id[..ConnectionUniqueId.Write(id, connection.Link.Id)] : default,
        });
    }
}
