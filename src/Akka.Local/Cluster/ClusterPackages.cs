using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Cluster;

/// <summary>Akka.Local is for one process. What would make a cluster of it ends the start, with a word about what is missing.</summary>
internal static class ClusterPackages
{
    /// <param name="asked">What was asked for, as its author wrote it.</param>
    public static ConfigurationException Missing(string asked) => new(
        $"{asked} needs the Akka.NET packages (Akka.Remote.Hosting, Akka.Cluster.Hosting, Akka.Cluster.Sharding). This program was built "
        + "with Akka.Local in their place, which runs in one process. Build it with -p:AkkaRuntime=nuget, or leave clustering out.");

    /// <exception cref="ConfigurationException">The provider is neither the default nor local.</exception>
    public static void RefuseProvider(Config config, Option<ProviderSelection> selection)
    {
        if (selection.HasValue && selection.Value is not ProviderSelection.Local)
            throw Missing($"ProviderSelection.{selection.Value.GetType().Name}");

        var provider = config.GetString("akka.actor.provider", "local");
        if (provider is not "local" && !provider.StartsWith("Akka.Actor.LocalActorRefProvider", StringComparison.Ordinal))
            throw Missing($"akka.actor.provider = {provider}");
    }
}
