namespace EdgeActors.Protocol;

/// <summary>What the bytes received so far are. All but <see cref="Incomplete"/> are final: further bytes change nothing.</summary>
public enum HelloStatus
{
    /// <summary>The start of a ClientHello; more bytes decide.</summary>
    Incomplete,

    /// <summary>A whole, well-formed ClientHello.</summary>
    Complete,

    /// <summary>Not the start of a TLS handshake by a client: plain HTTP, SSH, SSLv2, a server's flight.</summary>
    NotTls,

    /// <summary>TLS by its first bytes, but against the rules of the protocol.</summary>
    Malformed,

    /// <summary>Larger than this server reads: the message, the number of its records, or the number of its extensions.</summary>
    TooLarge,
}
