using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>The state of the server_name extension.</summary>
public enum SniState
{
    /// <summary>No server_name extension, or no host name in it.</summary>
    Absent,

    Present,

    /// <summary>Not a host name: an address, an empty label, invalid characters.</summary>
    Invalid,
}

/// <summary>The versions of a supported_versions extension. GREASE and drafts are ignored.</summary>
[Flags]
public enum TlsVersions
{
    /// <summary>The extension is absent or lists none of these.</summary>
    None = 0,
    Ssl30 = 1,
    Tls10 = 2,
    Tls11 = 4,
    Tls12 = 8,
    Tls13 = 16,
}

/// <summary>The clear-text fields of a ClientHello that routing needs.</summary>
public sealed class ClientHello
{
    /// <summary>Normalised as <see cref="Settings.ServerName"/>; null unless <see cref="Sni"/> is Present.</summary>
    public string? ServerName { get; internal set; }

    public SniState Sni { get; internal set; }

    /// <summary>An <see cref="SniState.Invalid"/> name for logs, at most 64 characters. Commas, percent signs and bytes outside visible
    /// ASCII are written %XX.</summary>
    public string? InvalidName { get; internal set; }

    public AlpnList Alpn { get; internal set; }

    /// <summary>None from clients limited to TLS 1.2 or older; see <see cref="LegacyVersion"/>.</summary>
    public TlsVersions SupportedVersions { get; internal set; }

    /// <summary>0x0303 from every current client.</summary>
    public int LegacyVersion { get; internal set; }

    /// <summary>An encrypted_client_hello extension is present (RFC 9849), so <see cref="ServerName"/> may be the outer name. Browsers also
    /// send the extension as GREASE.</summary>
    public bool HasEch { get; internal set; }

    /// <summary>Bytes of the hello on the wire, record headers included.</summary>
    public int WireLength { get; internal set; }
}
