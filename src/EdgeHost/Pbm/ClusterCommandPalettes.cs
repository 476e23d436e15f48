using System.Net;
using Akka.Actor;
using EdgeActors.Telemetry;
using Petabridge.Cmd.Cluster;
using Petabridge.Cmd.Cluster.Sharding;
using Petabridge.Cmd.Host;

namespace EdgeHost.Pbm;

/// <summary>
/// Petabridge.Cmd's own palettes for cluster and sharding. They are about the actor system that they run in, which is that of the cluster: it has
/// the port behind the node's, and ends and begins anew with each of those systems.
/// </summary>
internal static class ClusterCommandPalettes
{
    /// <param name="address">For the message; the system has it from its configuration.</param>
    public static void AddTo(ActorSystem system, IPEndPoint address, EdgeLog log)
    {
        try
        {
            var cmd = PetabridgeCmd.Get(system);
            cmd.RegisterCommandPalette(ClusterCommands.Instance);
            cmd.RegisterCommandPalette(ClusterShardingCommands.Instance);
            cmd.Start();
        }
        catch (Exception e)
        {
            // The cluster does without.
            log.Error($"pbm: no palettes of the cluster at {address}: {e.GetBaseException().Message}");
        }
    }
}
