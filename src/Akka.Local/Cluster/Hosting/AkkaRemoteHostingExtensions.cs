using Akka.Configuration;
using Akka.Hosting;

namespace Akka.Remote.Hosting;

public static class AkkaRemoteHostingExtensions
{
    /// <summary>Akka.Local runs in one process.</summary>
    /// <exception cref="ConfigurationException">Always, and it says which packages are needed.</exception>
    public static AkkaConfigurationBuilder WithRemoting(
        this AkkaConfigurationBuilder builder, string? hostname = null, int? port = null, string? publicHostname = null, int? publicPort = null) =>
        throw Cluster.ClusterPackages.Missing("WithRemoting");
}
