using Akka.Configuration;

namespace Akka.Actor;

/// <summary>The value that each key of the runtime has when nobody sets it.</summary>
internal static class ReferenceConfig
{
    internal static Config Value { get; } = ConfigurationFactory.ParseString("""
        akka {
          loggers = ["Akka.Event.DefaultLogger"]
          loglevel = "INFO"
          stdout-loglevel = "WARNING"
          logger-startup-timeout = 5s
          log-config-on-start = off
          log-dead-letters = 10
          log-dead-letters-during-shutdown = off
          log-dead-letters-suspend-duration = 5m
          actor {
            provider = local
            guardian-supervisor-strategy = "Akka.Actor.DefaultSupervisorStrategy"
            creation-timeout = 20s
            ask-timeout = infinite
            unstarted-push-timeout = 10s
            default-dispatcher {
              type = "Dispatcher"
              throughput = 30
              throughput-deadline-time = 0ms
              shutdown-timeout = 1s
            }
            default-blocking-io-dispatcher {
              type = "ThreadPoolDispatcher"
              throughput = 1
            }
            internal-dispatcher {
              type = "Dispatcher"
              throughput = 5
            }
            default-mailbox {
              stash-capacity = -1
            }
            debug {
              unhandled = off
              lifecycle = off
            }
          }
          scheduler {
            tick-duration = 10ms
            ticks-per-wheel = 512
            shutdown-timeout = 5s
          }
          coordinated-shutdown {
            default-phase-timeout = 5s
            terminate-actor-system = on
            run-by-actor-system-terminate = on
            run-by-clr-shutdown-hook = on
            exit-clr = off
            phases {
              before-service-unbind { depends-on = [] }
              service-unbind { depends-on = [before-service-unbind] }
              service-requests-done { depends-on = [service-unbind] }
              service-stop { depends-on = [service-requests-done] }
              before-cluster-shutdown { depends-on = [service-stop] }
              cluster-sharding-shutdown-region {
                timeout = 10s
                depends-on = [before-cluster-shutdown]
              }
              cluster-leave { depends-on = [cluster-sharding-shutdown-region] }
              cluster-exiting {
                timeout = 10s
                depends-on = [cluster-leave]
              }
              cluster-exiting-done { depends-on = [cluster-exiting] }
              cluster-shutdown { depends-on = [cluster-exiting-done] }
              before-actor-system-terminate { depends-on = [cluster-shutdown] }
              actor-system-terminate {
                timeout = 10s
                depends-on = [before-actor-system-terminate]
              }
            }
          }
        }
        """);
}
