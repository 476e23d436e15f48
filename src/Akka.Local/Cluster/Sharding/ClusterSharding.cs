using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Actors by id: a message to the region of a type reaches the one entity of the id that it names, and makes that entity if there is
/// none. Here the only node is this process, and it has all the shards.
/// </summary>
public class ClusterSharding : IExtension
{
    private readonly ConcurrentDictionary<string, IActorRef> _regions = new();
    private readonly ExtendedActorSystem _system;
    private readonly Lazy<IActorRef> _guardian;

    public ClusterSharding(ExtendedActorSystem system)
    {
        _system = system;
        Settings = ClusterShardingSettings.Create(system);
        _guardian = new Lazy<IActorRef>(() => system.SystemActorOf(
            FunctionProducer<ShardingGuardian>.Props(() => new ShardingGuardian(_regions)),
            system.Settings.Config.WithFallback(DefaultConfig()).GetString("akka.cluster.sharding.guardian-name")));
    }

    public ClusterShardingSettings Settings { get; }

    /// <summary>The types that have a region, by name.</summary>
    public ImmutableHashSet<string> ShardTypeNames => [.. _regions.Keys];

    public static ClusterSharding Get(ActorSystem system) => system.WithExtension<ClusterSharding, ClusterShardingExtensionProvider>();

    public static Config DefaultConfig() => ConfigurationFactory.ParseString("""
        akka.cluster.sharding {
          guardian-name = sharding
          remember-entities = off
          passivate-idle-entity-after = 120s
          buffer-size = 100000
          handoff-timeout = 60s
          shard-region-query-timeout = 3s
        }
        """);

    /// <summary>Starts the region of a type; one that is there already is returned as it is.</summary>
    public IActorRef Start(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        Start(typeName, _ => entityProps, settings, messageExtractor);

    /// <inheritdoc cref="Start(string, Props, ClusterShardingSettings, IMessageExtractor)"/>
    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor).GetAwaiter().GetResult();

    /// <inheritdoc cref="Start(string, Props, ClusterShardingSettings, IMessageExtractor)"/>
    public Task<IActorRef> StartAsync(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, _ => entityProps, settings, messageExtractor);

    /// <inheritdoc cref="Start(string, Props, ClusterShardingSettings, IMessageExtractor)"/>
    public Task<IActorRef> StartAsync(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(new RegionPlan(typeName, entityPropsFactory, settings, messageExtractor, PoisonPill.Instance));

    /// <exception cref="ArgumentException">No region of that type has been started.</exception>
    public IActorRef ShardRegion(string typeName) => _regions.TryGetValue(typeName, out var region)
        ? region
        : throw new ArgumentException(
            $"Shard type [{typeName}] must be started first. Started regions [{string.Join(", ", _regions.Keys)}].", nameof(typeName));

    internal async Task<IActorRef> StartAsync(RegionPlan plan)
    {
        ArgumentException.ThrowIfNullOrEmpty(plan.TypeName);
        if (_regions.TryGetValue(plan.TypeName, out var region))
            return region;
        return await _guardian.Value.Ask<IActorRef>(plan, _system.Settings.CreationTimeout).ConfigureAwait(false);
    }
}

public sealed class ClusterShardingExtensionProvider : ExtensionIdProvider<ClusterSharding>
{
    public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new(system);
}
