using EdgeActors.Cluster;
using EdgeActors.Config;

namespace EdgeHost.Hosting;

/// <summary>Refuses a cluster where there is none to be had, before anything starts.</summary>
internal static class ClusterGuard
{
    public static bool Allows(EdgeSettings settings)
    {
        if (!settings.Cluster.Enabled)
            return true;
        if (Clusters.Unavailable is not { } why)
            return true;
        Console.Error.WriteLine($"edge.cluster.enabled: {why}");
        return false;
    }
}
