using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Akka.Remote.Hosting;
using EdgeActors.Admission;
using EdgeActors.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeActors.Tests.Admission;

/// <summary>
/// The limiter's entities behind a shard region, in a host of their own. It needs a cluster: one node on a free port that joins itself.
/// </summary>
internal sealed class RateLimitRegion : IAsyncDisposable
{
    private const string Quiet = "akka { loglevel = ERROR, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }";

    private readonly IHost _host;

    private RateLimitRegion(IHost host) => _host = host;

    public static async Task<RateLimitRegion> Start(ShardTables tables, ShardOptions options)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkka("edge", (akka, _) =>
        {
            FormCluster(akka);
            akka.WithShardRegion<RateLimitActor>(
                "rate-limits", id => RateLimitActor.Props(int.Parse(id), tables), new RateLimitExtractor(), options);
            akka.AddHocon(Quiet, HoconAddMode.Append);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new RateLimitRegion(host);
    }

    public async Task<bool> Admits(AddressKey address) => (await Ask<RateAnswer>(new RateQuery(0, address))).Admitted;

    /// <summary>Ids of the entities that are there.</summary>
    public async Task<IReadOnlyList<string>> Entities() =>
        [.. (await Ask<CurrentShardRegionState>(GetShardRegionState.Instance)).Shards.SelectMany(static shard => shard.EntityIds)];

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private Task<T> Ask<T>(object question) =>
        _host.Services.GetRequiredService<IRequiredActor<RateLimitActor>>().ActorRef.Ask<T>(question, Eventually.Deadline);

    private static void FormCluster(AkkaConfigurationBuilder akka)
    {
        akka.WithRemoting("127.0.0.1", 0);
        akka.WithClustering();
        akka.AddHocon(
            """
            akka {
              cluster.sharding { state-store-mode = ddata, distributed-data.durable.keys = [], retry-interval = 200 ms, waiting-for-state-timeout = 500 ms }
              cluster.distributed-data.gossip-interval = 200 ms
              cluster.gossip-interval = 200 ms
              cluster.leader-actions-interval = 200 ms
              coordinated-shutdown.exit-clr = off
              extensions = []
            }
            """,
            HoconAddMode.Prepend);
        akka.WithActors(static async (system, _) =>
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress);
        });
    }
}
