using Akka.Actor;
using Akka.Event;

namespace EdgeActors.Admit;

/// <summary>
/// The sharded entity: counts the connections of its share of the addresses. Its tables belong to the node and outlive it, so a
/// restart forgets nobody. While there are addresses in them, a timer forgets those that have gone quiet, which queries alone would
/// not do where none come any more; an entity with empty tables sleeps.
/// </summary>
public sealed class RateLimitActor(RateTables tables, TimeProvider time) : UntypedActor, IWithTimers
{
    // Some tenths of a millisecond. Queries that wait meanwhile have their turn before the next portion.
    private const int ExpireAtOnce = 1024;

    private bool _expiring;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RateTables tables, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new RateLimitActor(tables, time));

    /// <summary>After a restart there are addresses already.</summary>
    protected override void PreStart() => ExpireLater();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateQuery query:
                Sender.Tell(tables.Admit(query.Listener, query.Address, time) ? RateAnswer.Yes : RateAnswer.No, ActorRefs.NoSender);
                if (!_expiring)
                    ExpireLater();
                break;
            case RateInspection inspection:
                Sender.Tell(inspection.Of(tables, time), ActorRefs.NoSender);
                break;
            case Expire:
                ExpireNow();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void ExpireLater()
    {
        if (tables.Count == 0)
            return;
        Timers.StartPeriodicTimer(nameof(Expire), Expire.Instance, tables.ExpireInterval);
        _expiring = true;
    }

    private void ExpireNow()
    {
        if (tables.Expire(time, ExpireAtOnce) == ExpireAtOnce)
        {
            Self.Tell(Expire.Instance, ActorRefs.NoSender);
        }
        else if (tables.Count == 0)
        {
            Timers.Cancel(nameof(Expire));
            _expiring = false;
        }
    }

    internal sealed class Expire : INotInfluenceReceiveTimeout, IDeadLetterSuppression
    {
        public static readonly Expire Instance = new();
    }
}
