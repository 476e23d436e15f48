using EdgeActors.Protocol;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>What to do after a server did not take a connection.</summary>
public enum RetryStep
{
    /// <summary>Close the client's connection.</summary>
    GiveUp,

    /// <summary>Dial the same server at the next address of its host name, at once.</summary>
    NextAddress,

    /// <summary>Dial an untried server, at once.</summary>
    OtherServer,

    /// <summary>Wait for the retry delay, forget the tried servers, and choose among all servers that are up then.</summary>
    StartOver,

    /// <summary>Wait for the retry delay, and dial the same server; its lease is kept.</summary>
    SameServer,
}

/// <summary>When a connection is dialled again: another server at once, the same server only after a pause for its recovery.</summary>
public static class RetryPolicy
{
    /// <param name="attempts">Attempts so far, from 1, the failed one included.</param>
    /// <param name="otherServer">Whether a server is up that was not tried since the start or the last StartOver.</param>
    /// <param name="nextAddress">Whether the server has an address after the failed one.</param>
    public static RetryStep After(BackendSettings backend, int attempts, CloseReason failure, bool otherServer, bool nextAddress = false)
    {
        if (attempts > backend.Retries)
            return RetryStep.GiveUp;
        if (nextAddress && failure != CloseReason.LocalResource)
            return RetryStep.NextAddress;
        // As HAProxy without "option redispatch".
        if (!backend.Pool.Redispatch)
            return RetryStep.SameServer;
        // A local resource is missing for every server; dialling at once would use up more of it.
        return otherServer && failure != CloseReason.LocalResource ? RetryStep.OtherServer : RetryStep.StartOver;
    }
}

/// <summary>Bytes sent to the server ahead of the client's first byte.</summary>
internal static class Prefaces
{
    /// <summary>Maximum bytes, without <see cref="ConnectionRecord.ProxyFields"/>.</summary>
    public const int MaxLength = ProxyHeaderV2.MaxLength;

    /// <returns>Bytes written; 0 where the backend expects none.</returns>
    public static int Write(Span<byte> destination, BackendSettings backend, ConnectionRecord connection)
    {
        var link = connection.Link;
        return backend.ProxyProtocol switch
        {
            ProxyProtocol.Off => 0,
            ProxyProtocol.V1 => ProxyHeaderV1.Write(destination, link.Client, link.Local),
            _ when backend.ProxyTlvs == default => ProxyHeaderV2.Write(destination, link.Client, link.Local),
            _ => WithFields(destination, backend.ProxyTlvs, connection),
        };
    }

    /// <summary>A received field replaces Edge's own field of the same type.</summary>
    private static int WithFields(Span<byte> destination, ProxyTlvSettings tlvs, ConnectionRecord connection)
    {
        Span<byte> id = stackalloc byte[ConnectionUniqueId.MaxLength];
        Span<byte> passed = stackalloc byte[connection.ProxyFields.Length];
        passed = passed[..ProxyFields.Select(connection.ProxyFields, tlvs.Pass, passed, out var received)];
        var wanted = tlvs.Send;
        if (received.Contains(ProxyFields.AlpnType))
            wanted &= ~ProxyTlvs.Alpn;
        if (received.Contains(ProxyFields.AuthorityType))
            wanted &= ~ProxyTlvs.Authority;
        if (received.Contains(ProxyFields.UniqueIdType))
            wanted &= ~ProxyTlvs.UniqueId;
        connection.HasUniqueId = wanted.HasFlag(ProxyTlvs.UniqueId);
        return ProxyHeaderV2.Write(destination, connection.Link.Client, connection.Link.Local, new ProxyFields
        {
            Checksum = wanted.HasFlag(ProxyTlvs.Crc32C),
            // TLS 1.3 encrypts the negotiated protocol; only the client's first preference is known.
            Alpn = wanted.HasFlag(ProxyTlvs.Alpn) ? connection.Alpn.First : default,
            Authority = wanted.HasFlag(ProxyTlvs.Authority) ? connection.ServerName : default,
            UniqueId = connection.HasUniqueId ? id[..ConnectionUniqueId.Write(id, connection.Link.Id)] : default,
            Passed = passed,
        });
    }
}
