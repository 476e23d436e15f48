using Akka.Actor;
using EdgeActors.Admission;

namespace EdgeActors.Cluster;

/// <summary>
/// The limiter of a node in a cluster: hands each question to the cluster's proxy, and answers at once where there is none. It belongs to the
/// node's actor system, on the connections' own thread, and never waits.
/// </summary>
public sealed class RateLimiterFacadeActor(ClusterGateway gateway) : UntypedActor
{
    public static Props Props(ClusterGateway gateway) => Akka.Actor.Props.Create(() => new RateLimiterFacadeActor(gateway));

    protected override void OnReceive(object message)
    {
        if (message is not (RateQuery or RateInspection))
        {
            Unhandled(message);
            return;
        }
        if (gateway.RateProxy is { } proxy)
        {
            proxy.Tell(message, Sender);
            return;
        }
        switch (message)
        {
            case RateQuery:
                gateway.CountAlone();
                Sender.Tell(RateAnswer.Alone, ActorRefs.NoSender);
                break;
            // Of this node's own table operators are told besides.
            case FindRate:
                Sender.Tell(new RateFound(0), ActorRefs.NoSender);
                break;
            case ForgetRate:
                Sender.Tell(new RateForgotten(false), ActorRefs.NoSender);
                break;
            default:
                Sender.Tell(new TopRates([], null), ActorRefs.NoSender);
                break;
        }
    }
}
