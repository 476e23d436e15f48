using Akka.Actor;
using EdgeActors.Admission;

namespace EdgeActors.Cluster;

/// <summary>
/// The limiter of a node in a cluster: forwards each question to the cluster's proxy, and answers at once where there is none. It belongs
/// to the node's actor system, on the connections' own thread, and never waits.
/// </summary>
public sealed class RateLimiterFacadeActor(ClusterGateway gateway) : UntypedActor
{
    public static Props Props(ClusterGateway gateway) => Akka.Actor.Props.Create(() => new RateLimiterFacadeActor(gateway));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateQuery or RateInspection when gateway.RateProxy is { } proxy:
                proxy.Tell(message, Sender);
                break;
            case RateQuery:
                gateway.CountAlone();
                Sender.Tell(RateAnswer.Alone, ActorRefs.NoSender);
                break;
            case RateInspection:
                // Reports add this node's own table.
                Sender.Tell(new ShardAnswer(0, 0, new TopRates([], null)), ActorRefs.NoSender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
