using Akka.Contract.Tests.Hosting;
using Akka.Hosting;
using Microsoft.Extensions.Hosting;
#if !AKKA_LOCAL
using Akka.Cluster.Hosting;
using Akka.Remote.Hosting;
#endif

namespace Akka.Contract.Tests.Sharding;

/// <summary>
/// A host whose actor system can shard. The Akka.NET packages need a cluster for it: one node on a free port that joins itself.
/// This file is the only place that knows.
/// </summary>
internal static class ShardingHost
{
#if AKKA_LOCAL
    public static Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> configure) => AkkaHost.StartAsync(configure);
#else
    private const string OneFastNode = """
        akka {
          cluster.sharding {
            state-store-mode = ddata
            distributed-data.durable.keys = []
            retry-interval = 200 ms
            waiting-for-state-timeout = 500 ms
          }
          cluster.distributed-data.gossip-interval = 200 ms
          cluster.gossip-interval = 200 ms
          cluster.leader-actions-interval = 200 ms
          coordinated-shutdown.exit-clr = off
          extensions = []
        }
        """;

    public static Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> configure) => AkkaHost.StartAsync(akka =>
    {
        akka.WithRemoting("127.0.0.1", 0);
        akka.WithClustering();
        akka.AddHocon(OneFastNode, HoconAddMode.Prepend);
        akka.WithActors(async (system, _) =>
        {
            var cluster = Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress);
        });
        configure(akka);
    });
#endif
}
