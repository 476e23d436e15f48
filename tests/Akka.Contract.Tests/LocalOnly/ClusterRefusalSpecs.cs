using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Configuration;
using Akka.Contract.Tests.Hosting;
using Akka.Contract.Tests.Sharding;
using Akka.Hosting;
using Akka.Remote.Hosting;

namespace Akka.Contract.Tests.LocalOnly;

/// <summary>What Akka.Local cannot do ends the start, and the message names the packages that can.</summary>
public sealed class ClusterRefusalSpecs
{
    [Fact]
    public Task Clustering_is_refused() => AssertRefused(akka => akka.WithClustering(new ClusterOptions { Roles = ["edge"] }));

    [Fact]
    public Task Remoting_is_refused() => AssertRefused(akka => akka.WithRemoting("127.0.0.1", 0));

    [Fact]
    public Task A_selected_provider_that_is_not_local_is_refused() =>
        AssertRefused(akka => akka.WithActorRefProvider(ProviderSelection.Cluster.Instance));

    [Theory]
    [InlineData("cluster")]
    [InlineData("remote")]
    [InlineData("\"Akka.Cluster.ClusterActorRefProvider, Akka.Cluster\"")]
    public Task A_configured_provider_that_is_not_local_is_refused(string provider) =>
        AssertRefused(akka => akka.AddHocon($"akka.actor.provider = {provider}", HoconAddMode.Prepend));

    [Theory]
    [InlineData("cluster")]
    [InlineData("remote")]
    public void A_system_without_a_host_refuses_as_well(string provider)
    {
        var refusal = Assert.Throws<ConfigurationException>(() =>
            ActorSystem.Create("refused", ConfigurationFactory.ParseString($"akka.actor.provider = {provider}")));

        Assert.Contains("Akka.Cluster.Hosting", refusal.Message);
    }

    [Fact]
    public Task Remembered_entities_are_refused() => AssertRefused(akka => akka.WithShardRegion<CounterActor>(
        CounterRegion.TypeName,
        id => CounterActor.Props(id, new Journal()),
        Counter.Extractor,
        new ShardOptions { RememberEntities = true }));

    [Fact]
    public async Task The_local_provider_is_taken()
    {
        using var host = await AkkaHost.StartAsync(akka => akka
            .WithActorRefProvider(ProviderSelection.Local.Instance)
            .AddHocon("akka.actor.provider = local", HoconAddMode.Prepend));

        await host.StopAsync();
    }

    private static async Task AssertRefused(Action<AkkaConfigurationBuilder> configure)
    {
        using var host = AkkaHost.Build(akka => configure(akka));

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => host.StartAsync());

        Assert.Contains("Akka.Cluster.Hosting", refusal.Message);
        Assert.Contains("-p:AkkaRuntime=nuget", refusal.Message);
    }
}
