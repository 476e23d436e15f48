namespace EdgeActors.Config;

/// <summary><c>edge.floating-ip</c>.</summary>
internal static class FloatingIpReader
{
    /// <returns>How long a node that ends goes on accepting at most, for the other one to take the address.</returns>
    public static TimeSpan Read(ConfigSection edge) => edge.Section("floating-ip").Duration("handover-timeout", zero: true);
}
