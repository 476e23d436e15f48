using Akka.Actor;
using EdgeActors.Admit;
using EdgeActors.Config;
using EdgeActors.Route;
using EdgeActors.Telemetry;

namespace EdgeActors.Cluster;

/// <summary>Clusters, where this build can have one.</summary>
public static class Clusters
{
    /// <summary>Null: it can. Else why not, and what to do.</summary>
    public static string? Unavailable =>
#if AKKA_LOCAL
        "this build runs on Akka.Local, which has no clustering. Build with the packages Akka, Akka.Hosting, Akka.Streams, " +
        "Akka.Cluster.Hosting and Akka.Cluster.Sharding in reach (-p:AkkaRuntime=nuget), or turn the cluster off.";
#else
        null;
#endif

    /// <exception cref="PlatformNotSupportedException">See <see cref="Unavailable"/>.</exception>
    internal static ICluster Join(EdgeSettings settings, ClusterGate gate, RateLimits limits, IHostResolver resolver, EdgeLog log, TimeProvider time, Action<ActorSystem>? begun) =>
#if AKKA_LOCAL
        throw new PlatformNotSupportedException($"edge.cluster.enabled: {Unavailable}");
#else
        new Membership.ClusterKeeper(settings, gate, limits, resolver, log, time, begun);
#endif
}
