using Akka.Actor;
using EdgeActors.Config;

namespace EdgeActors.Admit;

/// <summary>
/// The sharded entity: counts the connections of its share of the addresses. Its tables belong to the node and outlive it, so a
/// restart forgets nobody.
/// </summary>
public sealed class RateLimitActor(RateTables tables, TimeProvider time) : UntypedActor
{
    public static Props Props(RateTables tables, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new RateLimitActor(tables, time));

    protected override void OnReceive(object message)
    {
        if (message is RateQuery query)
            Sender.Tell(tables.Admit(query.Listener, query.Address, time) ? RateAnswer.Yes : RateAnswer.No, ActorRefs.NoSender);
        else
            Unhandled(message);
    }
}
