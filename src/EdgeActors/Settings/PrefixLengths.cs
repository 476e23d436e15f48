namespace EdgeActors.Settings;

/// <summary>How much of an address makes one client: its first bits, by family.</summary>
/// <param name="IPv4">1 to 32; 32 is every address for itself.</param>
/// <param name="IPv6">1 to 128. A host owns a /64 as a rule (RFC 6177), so counting single addresses would count nothing.</param>
public readonly record struct PrefixLengths(int IPv4, int IPv6)
{
    /// <summary>Every address for itself.</summary>
    public static PrefixLengths Whole { get; } = new(AddressKey.IPv4Bits, AddressKey.IPv6Bits);
}
