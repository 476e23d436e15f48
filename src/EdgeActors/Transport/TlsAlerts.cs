namespace EdgeActors.Transport;

/// <summary>TLS alerts as whole records.</summary>
internal static class TlsAlerts
{
    /// <summary>
    /// How long a socket is kept once the alert is on its way. Closed at once, it would answer what the client sends meanwhile (early
    /// data, say) with a reset, and a client's kernel may throw the alert away with it unread.
    /// </summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    /// <summary>Fatal unrecognized_name(112): record type 21, version 0x0303 whatever was offered, as nothing is agreed yet (RFC 8446 §5.1
    /// and §6, RFC 6066 §3).</summary>
    public static ReadOnlySpan<byte> UnrecognizedName => [21, 3, 3, 0, 2, 2, 112];
}
