using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.DependencyInjection;
using Akka.Hosting;

namespace Akka.Cluster.Hosting;

public static class AkkaClusterHostingExtensions
{
    /// <summary>Akka.Local runs in one process.</summary>
    /// <exception cref="ConfigurationException">Always, and it says which packages are needed.</exception>
    public static AkkaConfigurationBuilder WithClustering(this AkkaConfigurationBuilder builder, ClusterOptions? options = null) =>
        throw ClusterPackages.Missing("WithClustering");

    /// <summary>Starts the region of a type of entities, and registers it under the key.</summary>
    /// <param name="builder">The builder that is returned.</param>
    /// <param name="typeName">The name of the region, unique in the system.</param>
    /// <param name="entityPropsFactory">The props of the entity of an id.</param>
    /// <param name="messageExtractor">Whom a message is for.</param>
    /// <param name="shardOptions">What is otherwise than the configuration says.</param>
    public static AkkaConfigurationBuilder WithShardRegion<TKey>(
        this AkkaConfigurationBuilder builder,
        string typeName,
        Func<string, Props> entityPropsFactory,
        IMessageExtractor messageExtractor,
        ShardOptions shardOptions) =>
        builder.WithShardRegion<TKey>(typeName, (_, _, _) => entityPropsFactory, messageExtractor, shardOptions);

    /// <inheritdoc cref="WithShardRegion{TKey}(AkkaConfigurationBuilder, string, Func{string, Props}, IMessageExtractor, ShardOptions)"/>
    public static AkkaConfigurationBuilder WithShardRegion<TKey>(
        this AkkaConfigurationBuilder builder,
        string typeName,
        Func<ActorSystem, IActorRegistry, Func<string, Props>> entityPropsFactory,
        IMessageExtractor messageExtractor,
        ShardOptions shardOptions) =>
        builder.WithShardRegion<TKey>(typeName, (system, registry, _) => entityPropsFactory(system, registry), messageExtractor, shardOptions);

    /// <inheritdoc cref="WithShardRegion{TKey}(AkkaConfigurationBuilder, string, Func{string, Props}, IMessageExtractor, ShardOptions)"/>
    public static AkkaConfigurationBuilder WithShardRegion<TKey>(
        this AkkaConfigurationBuilder builder,
        string typeName,
        Func<ActorSystem, IActorRegistry, IDependencyResolver, Func<string, Props>> entityPropsFactory,
        IMessageExtractor messageExtractor,
        ShardOptions shardOptions)
    {
        builder.AddHocon(ClusterSharding.DefaultConfig(), HoconAddMode.Append);
        return builder.StartActors(async (ActorSystem system, IActorRegistry registry, IDependencyResolver resolver) =>
        {
            var plan = new RegionPlan(
                typeName,
                entityPropsFactory(system, registry, resolver),
                ClusterShardingSettings.Create(system, ConfigurationFactory.ParseString(shardOptions.ToString())),
                messageExtractor,
                shardOptions.HandOffStopMessage ?? PoisonPill.Instance);
            registry.Register<TKey>(await ClusterSharding.Get(system).StartAsync(plan).ConfigureAwait(false));
        });
    }
}
