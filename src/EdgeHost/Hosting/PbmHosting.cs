using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Config;
using EdgeActors.Telemetry;

namespace EdgeHost.Hosting;

/// <summary>Petabridge.Cmd, where this build has it.</summary>
internal static class PbmHosting
{
    /// <summary>Refuses it where it is not to be had, before anything starts.</summary>
    public static bool Allows(EdgeSettings settings)
    {
#if PETABRIDGE_CMD
        return true;
#else
        if (settings.Control.Pbm is null)
            return true;
        Console.Error.WriteLine(
            "edge.control.pbm: this build has no Petabridge.Cmd. Build with its packages in reach (-p:UsePetabridgeCmd=true -p:AkkaRuntime=nuget), " +
            "or turn it off: control.socket and \"edge ctl\" have the same verbs.");
        return false;
#endif
    }

    /// <summary>Behind <see cref="EdgeHosting.AddEdge"/>, whose node it is for.</summary>
    public static AkkaConfigurationBuilder AddPbm(this AkkaConfigurationBuilder builder, EdgeSettings settings, EdgeLog log, EdgeNodeHolder holder)
    {
#if PETABRIDGE_CMD
        if (settings.Control.Pbm is { } address)
            Ops.EdgeCommandPalette.AddTo(builder, address, () => holder.Node?.Operator, log);
#endif
        return builder;
    }

    /// <summary>What lets pbm into each actor system of the cluster; null where it is off.</summary>
    public static Action<ActorSystem>? ForCluster(EdgeSettings settings, EdgeLog log)
    {
#if PETABRIDGE_CMD
        if (settings.Control.PbmOfCluster is { } address)
            return system => Ops.ClusterCommandPalettes.AddTo(system, address, log);
#endif
        return null;
    }
}
