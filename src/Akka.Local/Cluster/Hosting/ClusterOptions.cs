namespace Akka.Cluster.Hosting;

/// <summary>How a node joins its cluster. Akka.Local has none: see <see cref="AkkaClusterHostingExtensions.WithClustering"/>.</summary>
public sealed class ClusterOptions
{
    public string[]? Roles { get; set; }

    public Dictionary<string, int>? MinimumNumberOfMembersPerRole { get; set; }

    public string[]? SeedNodes { get; set; }

    public int? MinimumNumberOfMembers { get; set; }

    public string? AppVersion { get; set; }

    public bool? LogInfo { get; set; }

    public bool? LogInfoVerbose { get; set; }
}
