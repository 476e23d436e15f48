using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>Where a clustered region keeps what its coordinator knows. In one process nothing needs keeping.</summary>
public enum StateStoreMode
{
    Persistence,
    DData,
    Custom,
}

/// <summary>The section akka.cluster.sharding, as far as it means something in one process.</summary>
public sealed class ClusterShardingSettings
{
    /// <summary>Zero turns it off.</summary>
    public TimeSpan PassivateIdleEntityAfter { get; }

    public TimeSpan ShardRegionQueryTimeout { get; }

    /// <summary>How many messages one shard holds for entities that are stopping.</summary>
    internal int BufferSize { get; }

    /// <summary>How long an entity may take over the stop message of a graceful shutdown before it is stopped.</summary>
    internal TimeSpan HandOffTimeout { get; }

    private ClusterShardingSettings(TimeSpan passivateIdleEntityAfter, TimeSpan shardRegionQueryTimeout, int bufferSize, TimeSpan handOffTimeout)
    {
        PassivateIdleEntityAfter = passivateIdleEntityAfter;
        ShardRegionQueryTimeout = shardRegionQueryTimeout;
        BufferSize = bufferSize;
        HandOffTimeout = handOffTimeout;
    }

    internal bool ShouldPassivateIdleEntities => PassivateIdleEntityAfter > TimeSpan.Zero;

    /// <exception cref="ConfigurationException">The configuration asks for what only the packages can do.</exception>
    public static ClusterShardingSettings Create(ActorSystem system) => Create(system, Config.Empty);

    /// <param name="system">Its section akka.cluster.sharding holds for what the overrides leave open.</param>
    /// <param name="overrides">Keys of that section, without its name.</param>
    internal static ClusterShardingSettings Create(ActorSystem system, Config overrides)
    {
        var config = overrides.WithFallback(
            system.Settings.Config.WithFallback(ClusterSharding.DefaultConfig()).GetConfig("akka.cluster.sharding"));
        if (config.GetBoolean("remember-entities"))
            throw ClusterPackages.Missing("akka.cluster.sharding.remember-entities = on");

        var idle = config.GetString("passivate-idle-entity-after") is "off" or "false" or "no"
            ? TimeSpan.Zero
            : config.GetTimeSpan("passivate-idle-entity-after");
        return new ClusterShardingSettings(
            idle,
            config.GetTimeSpan("shard-region-query-timeout"),
            config.GetInt("buffer-size"),
            config.GetTimeSpan("handoff-timeout"));
    }

    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) =>
        new(duration, ShardRegionQueryTimeout, BufferSize, HandOffTimeout);
}
