using EdgeActors.Settings;

namespace EdgeActors.Protocol;

/// <summary>What the hello says about the name of the server it wants.</summary>
public enum SniState
{
    /// <summary>No server_name extension, or one without a host name in it.</summary>
    Absent,

    /// <summary>A host name, in <see cref="ClientHello.ServerName"/>.</summary>
    Present,

    /// <summary>Something that is not a host name: an address, an empty label, characters that no name has.</summary>
    Invalid,
}

/// <summary>The protocol versions of a supported_versions extension. GREASE and drafts leave no trace.</summary>
[Flags]
public enum TlsVersions
{
    /// <summary>The extension was absent, or listed none of these.</summary>
    None = 0,
    Ssl30 = 1,
    Tls10 = 2,
    Tls11 = 4,
    Tls12 = 8,
    Tls13 = 16,
}

/// <summary>What a ClientHello says in clear, as far as a balancer cares.</summary>
public sealed class ClientHello
{
    /// <summary>The wanted host name in the spelling of <see cref="Settings.ServerName"/>; null unless <see cref="Sni"/> is
    /// Present.</summary>
    public string? ServerName { get; internal set; }

    /// <summary>Whether there is such a name.</summary>
    public SniState Sni { get; internal set; }

    /// <summary>The application protocols offered; empty without the extension.</summary>
    public AlpnList Alpn { get; internal set; }

    /// <summary>The versions offered by extension; None from a client that only knows TLS 1.2 or less, see
    /// <see cref="LegacyVersion"/>.</summary>
    public TlsVersions SupportedVersions { get; internal set; }

    /// <summary>The hello's own version field, 0x0303 from every current client.</summary>
    public int LegacyVersion { get; internal set; }

    /// <summary>
    /// An encrypted_client_hello extension is there (RFC 9849). Then <see cref="ServerName"/> is the outer, public name; browsers send the
    /// extension as GREASE too, so this alone does not say that an inner name exists.
    /// </summary>
    public bool HasEch { get; internal set; }

    /// <summary>Bytes of the hello on the wire with its record headers. What was received beyond them belongs to what comes after
    /// it.</summary>
    public int WireLength { get; internal set; }
}
