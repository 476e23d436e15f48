using Akka.Actor;
using Akka.Hosting;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeHost.Hosting;

/// <summary>Petabridge.Cmd, where this build has it.</summary>
internal static class PbmHosting
{
    /// <summary>Whether this build can run these settings; writes the reason to standard error if not.</summary>
    public static bool Allows(EdgeSettings settings)
    {
#if PETABRIDGE_CMD
        return true;
#else
        if (settings.Control.Pbm is null)
            return true;
        Console.Error.WriteLine(
            "edge.control.pbm: this build has no Petabridge.Cmd, so pbm cannot connect. Build with -p:UsePetabridgeCmd=true, which needs " +
            "its packages, or set control.pbm = off: \"edge ctl\" has the same verbs by control.socket.");
        return false;
#endif
    }

    /// <summary>Needs the node of <see cref="EdgeHosting.AddEdge"/>, so it comes after it.</summary>
    public static AkkaConfigurationBuilder AddPbm(this AkkaConfigurationBuilder builder, EdgeSettings settings, EdgeLog log, EdgeNodeHolder holder)
    {
#if PETABRIDGE_CMD
        if (settings.Control.Pbm is { } address)
            Pbm.EdgeCommandPalette.AddTo(builder, address, () => holder.Node?.Operator, log);
#endif
        return builder;
    }

    /// <summary>Starts pbm in each actor system of the cluster; null where it is off.</summary>
    public static Action<ActorSystem>? ForCluster(EdgeSettings settings, EdgeLog log)
    {
#if PETABRIDGE_CMD
        if (settings.Control.PbmOfCluster is { } address)
            return system => Pbm.ClusterCommandPalettes.AddTo(system, address, log);
#endif
        return null;
    }
}
