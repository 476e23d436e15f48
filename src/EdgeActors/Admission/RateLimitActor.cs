using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;

namespace EdgeActors.Admission;

/// <summary>
/// The entity of one shard: counts the connections of its addresses, for this node or, in a cluster, for all of them. Its tables outlive
/// a restart of it. A timer forgets addresses that have gone quiet, while there are any. Before its shard moves, it tells the other nodes
/// what counts; the next entity has that before a question comes there, as both go the same way.
/// </summary>
/// <param name="tellOthers">Tells the other nodes; null: there are none.</param>
public sealed class RateLimitActor(int shard, ShardTables tables, Action<HotRates>? tellOthers) : UntypedActor, IWithTimers
{
    // Some tenths of a millisecond. Queries that wait meanwhile have their turn before the next portion.
    private const int ExpireAtOnce = 1024;

    private RateTables _tables = null!;
    private long _since;
    private bool _expiring;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int shard, ShardTables tables, Action<HotRates>? tellOthers = null) =>
        Akka.Actor.Props.Create(() => new RateLimitActor(shard, tables, tellOthers));

    /// <summary>After a restart there are addresses already.</summary>
    protected override void PreStart()
    {
        (_tables, _since) = tables.Of(shard);
        ExpireLater();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateQuery query:
                Sender.Tell(_tables.Admit(query.Listener, query.Address, tables.Time) ? RateAnswer.Yes : RateAnswer.No, ActorRefs.NoSender);
                ExpireLater();
                break;
            case RateInspection inspection:
                Sender.Tell(Answer(inspection.ToQuery(0, 0), inspection.Listener), ActorRefs.NoSender);
                break;
            case ShardQuery query:
                tables.TakeOver(shard, _tables);
                Sender.Tell(Answer(query, tables.Limits.NumberOf(query.Listener)), Self);
                ExpireLater();
                break;
            case HandOver:
                tables.TakeOver(shard, _tables);
                GoElsewhere();
                break;
            case Expire:
                ExpireNow();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private ShardAnswer Answer(ShardQuery query, int listener)
    {
        switch (query.Order)
        {
            case RateOrder.Find:
                return new(query.Id, _tables.Rate(listener, query.Address, tables.Time));
            case RateOrder.Forget:
                return new(query.Id, _tables.Forget(listener, query.Address) ? 1u : 0);
            case RateOrder.Top:
                return new(query.Id, 0, _tables.Top(listener, query.From, query.Most, tables.Time));
            default:
                if (listener < 0)
                    return new(query.Id, (uint)SharedVerdict.Unknown);
                var admitted = _tables.Admit(listener, query.Address, tables.Time);
                return new(query.Id, (uint)(!admitted ? SharedVerdict.No : IsYoung(listener) ? SharedVerdict.YoungYes : SharedVerdict.Yes));
        }
    }

    /// <summary>What came before it began may still count.</summary>
    private bool IsYoung(int listener) => tables.Time.GetElapsedTime(_since) < 2 * (_tables.PeriodOf(listener) ?? TimeSpan.Zero);

    private void GoElsewhere()
    {
        foreach (var (listener, rates) in _tables.Counting(HotRates.MostAtOnce, tables.Time))
            tellOthers?.Invoke(new HotRates(shard, tables.Limits.KeyOf(listener), rates));
        tables.Clear(shard);
        Context.Stop(Self);
    }

    private void ExpireLater()
    {
        if (_expiring || _tables.Count == 0)
            return;
        Timers.StartPeriodicTimer(nameof(Expire), new Expire(), _tables.ExpireInterval);
        _expiring = true;
    }

    private void ExpireNow()
    {
        if (_tables.Expire(tables.Time, ExpireAtOnce) == ExpireAtOnce)
        {
            Self.Tell(new Expire(), ActorRefs.NoSender);
        }
        else if (_tables.Count == 0)
        {
            Timers.Cancel(nameof(Expire));
            _expiring = false;
        }
    }

    internal sealed record Expire : INotInfluenceReceiveTimeout, IDeadLetterSuppression;
}

/// <summary>
/// A shard region for one node that needs no cluster: the same extractor, the same entities, children of this actor, made when
/// their first message comes. They run where it does.
/// </summary>
public sealed class LocalShardsActor(IMessageExtractor extractor, Func<string, Props> entity) : UntypedActor
{
    /// <summary>A killed entity is restarted, too. One that cannot be constructed is stopped: it would be tried without end.</summary>
    private static readonly SupervisorStrategy Restarting = new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    private readonly Dictionary<string, IActorRef> _entities = [];

    public static Props Props(IMessageExtractor extractor, Func<string, Props> entity) =>
        Akka.Actor.Props.Create(() => new LocalShardsActor(extractor, entity));

    protected override SupervisorStrategy SupervisorStrategy() => Restarting;

    protected override void OnReceive(object message)
    {
        if (message is Terminated gone)
        {
            _entities.Remove(gone.ActorRef.Path.Name);
            return;
        }
        if (extractor.EntityId(message) is not { } id)
        {
            Unhandled(message);
            return;
        }
        if (!_entities.TryGetValue(id, out var child))
            _entities[id] = child = Context.Watch(Context.ActorOf(entity(id).WithDispatcher(Context.Dispatcher.Id), id));
        child.Forward(extractor.EntityMessage(message) ?? message);
    }
}
