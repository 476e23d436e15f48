using System.Text;
using Akka.Cluster.Sharding;
using Akka.Hosting;

namespace Akka.Cluster.Hosting;

/// <summary>What one region has otherwise than the section akka.cluster.sharding says; null leaves it at that.</summary>
public sealed class ShardOptions
{
    /// <summary>Only means something in a cluster.</summary>
    public StateStoreMode? StateStoreMode { get; set; }

    /// <summary>True needs the packages: it is a start-up error here.</summary>
    public bool? RememberEntities { get; set; }

    /// <summary>Only means something in a cluster.</summary>
    public string? Role { get; set; }

    /// <summary>What an entity is told when it was idle for too long or its region shuts down. By default a <see cref="Actor.PoisonPill"/>.</summary>
    public object? HandOffStopMessage { get; set; }

    /// <summary>False turns passivation of idle entities off, whatever the time.</summary>
    public bool? ShouldPassivateIdleEntities { get; set; }

    public TimeSpan? PassivateIdleEntityAfter { get; set; }

    public TimeSpan? ShardRegionQueryTimeout { get; set; }

    /// <summary>The options as keys of the section.</summary>
    public override string ToString()
    {
        var hocon = new StringBuilder();
        Add(hocon, "role", Role?.ToHocon());
        Add(hocon, "remember-entities", RememberEntities?.ToHocon());
        Add(hocon, "state-store-mode", StateStoreMode?.ToString().ToLowerInvariant());
        Add(hocon, "passivate-idle-entity-after", ShouldPassivateIdleEntities is false ? "off" : PassivateIdleEntityAfter?.ToHocon());
        Add(hocon, "shard-region-query-timeout", ShardRegionQueryTimeout?.ToHocon());
        return hocon.ToString();
    }

    private static void Add(StringBuilder hocon, string key, string? value)
    {
        if (value is not null)
            hocon.Append(key).Append(" = ").Append(value).Append('\n');
    }
}
