namespace EdgeActors.Tests.Cluster.Membership;

/// <summary>Short intervals, for specs that wait for a cluster to form.</summary>
internal static class FastCluster
{
    public const string Hocon =
        """
        akka {
          scheduler.tick-duration = 10ms
          remote.retry-gate-closed-for = 100ms
          cluster {
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            unreachable-nodes-reaper-interval = 200ms
            periodic-tasks-initial-delay = 50ms
            retry-unsuccessful-join-after = 500ms
            seed-node-timeout = 500ms
            distributed-data { gossip-interval = 100ms, notify-subscribers-interval = 50ms }
            sharding { rebalance-interval = 500ms, handoff-timeout = 1s, retry-interval = 100ms, coordinator-failure-backoff = 200ms }
          }
        }
        """;
}
