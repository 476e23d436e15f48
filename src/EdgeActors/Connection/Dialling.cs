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

    /// <summary>Dial a server that was not tried yet, at once.</summary>
    OtherServer,

    /// <summary>Wait for the retry delay, forget which servers were tried, and pick among all that are up then.</summary>
    StartOver,

    /// <summary>Wait for the retry delay, and dial the same server, whose lease is kept.</summary>
    SameServer,
}

/// <summary>
/// How often and how soon a connection is dialled again. Trying another server costs nothing and needs no pause; asking one again that has just
/// refused does, or the retries are over before it had time to come back.
/// </summary>
public static class RetryPolicy
{
    /// <summary>Decides after a failed attempt.</summary>
    /// <param name="attempts">Attempts made so far, the failed one included: 1 after the first.</param>
    /// <param name="failure">Why it failed.</param>
    /// <param name="otherServer">Whether a server is up that was not tried since the start, or the last StartOver.</param>
    public static RetryStep After(BackendSettings backend, int attempts, CloseReason failure, bool otherServer)
    {
        if (attempts > backend.Retries)
            return RetryStep.GiveUp;
        // As HAProxy without "option redispatch".
        if (!backend.Pool.Redispatch)
            return RetryStep.SameServer;
        // What this machine lacks, it lacks for every server; dialling on at once would only take more of it.
        return otherServer && failure != CloseReason.LocalResource ? RetryStep.OtherServer : RetryStep.StartOver;
    }
}

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
