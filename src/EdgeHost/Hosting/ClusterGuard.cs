using EdgeActors.Config;

namespace EdgeHost.Hosting;

/// <summary>Refuses a cluster where there is none to be had, before anything starts.</summary>
internal static class ClusterGuard
{
    public static bool Allows(EdgeSettings settings)
    {
        if (!settings.Cluster.Enabled)
            return true;
#if AKKA_LOCAL
        Console.Error.WriteLine(
            "edge.cluster.enabled: this build runs on Akka.Local, which has no clustering. Build with the packages Akka.Hosting, " +
            "Akka.Cluster.Hosting and Akka.Cluster.Sharding in reach (-p:AkkaRuntime=nuget), or turn the cluster off.");
#else
        Console.Error.WriteLine("edge.cluster.enabled: clustering is not in this version yet; turn it off.");
#endif
        return false;
    }
}
