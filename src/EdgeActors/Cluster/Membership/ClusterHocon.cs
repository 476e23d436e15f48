using EdgeActors.Settings;

namespace EdgeActors.Cluster.Membership;

/// <summary>The configuration of the cluster's actor system.</summary>
internal static class ClusterHocon
{
    public const string SystemName = "edge-cluster";

    /// <summary>Different from Akka's defaults, for fast failover of a pair: joining is retried every two seconds, shards move in one step,
    /// and a downed node ends its cluster system, not its process.</summary>
    public static string Of(ClusterSettings settings) => $$"""
        akka {
          actor {
            provider = cluster
            serializers.edge = "{{NameOf(typeof(ClusterSerializer))}}"
            serialization-bindings { {{string.Join(", ", ClusterSerializer.Types.Values.Select(Binding))}} }
            serialization-identifiers."{{NameOf(typeof(ClusterSerializer))}}" = {{ClusterSerializer.Id}}
          }
          # Nothing here is in a hurry of milliseconds, and each tick wakes a processor.
          scheduler.tick-duration = 50ms
          remote {
            retry-gateway-closed-for = 1s
            log-remote-lifecycle-events = off
            # For a peer that connects and stalls.
            handshake-timeout = 10s
            # Without a space: Akka.Remote reads a value that has one with its quotation marks.
            adapters.edge-inbound-limit = "{{NameOf(typeof(InboundLimitProvider)).Replace(" ", "", StringComparison.Ordinal)}}"
            dot-netty.tcp {
              applied-adapters = ["edge-inbound-limit"]
              hostname = "{{settings.Bind.Address}}"
              port = {{settings.Bind.Port}}
              # The certificate and the validator come by DotNettySslSetup.
              enable-ssl = {{(settings.Tls is null ? "off" : "on")}}
              connection-timeout = 5s
              maximum-frame-size = 512000b
              backlog = 64
            }
          }
          cluster {
            roles = ["{{MembersActor.NameRole}}{{settings.Name}}"]
            seed-node-timeout = 2s
            retry-unsuccessful-join-after = 2s
            allow-weakly-up-members = off
            run-coordinated-shutdown-when-down = on
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver {
              active-strategy = keep-majority
              stable-after = {{(long)settings.StableAfter.TotalMilliseconds}}ms
            }
            sharding {
              state-store-mode = ddata
              remember-entities = off
              # The default, "shard-*", is for remember-entities and needs Akka.DistributedData.LightningDB, which is left out.
              distributed-data.durable.keys = []
              passivate-idle-entity-after = off
              rebalance-interval = 2s
              least-shard-allocation-strategy {
                rebalance-absolute-limit = 64
                rebalance-relative-limit = 1.0
              }
              # Clients are let in by their node's own table before a second is over.
              buffer-size = 10000
              retry-interval = 500ms
              coordinator-failure-backoff = 1s
              handoff-timeout = 5s
            }
          }
          coordinated-shutdown {
            exit-clr = off
            run-by-clr-shutdown-hook = off
            terminate-actor-system = on
            # A task in this phase stops a shutdown that a peer's failed handshake has begun (ClusterTls).
            phases.before-service-unbind.recover = off
          }
        }
        """;

    private static string Binding(Type type) => $"\"{NameOf(type)}\" = edge";

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
