using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;

namespace EdgeActors.Admission;

/// <summary>The entity of one shard: counts its addresses' connections for all nodes. Its tables outlive a restart. Before its shard
/// moves, it sends the other nodes its counts, which arrive ahead of the clients' queries.</summary>
/// <param name="tellOthers">Sends to the other nodes; null: there are none.</param>
public sealed class RateLimitActor(int shard, ShardTables tables, Action<HotRates>? tellOthers) : UntypedActor, IWithTimers
{
    // Some tenths of a millisecond; waiting queries are answered before the next portion.
    private const int ExpireAtOnce = 1024;

    private RateTables _tables = null!;
    private long _since;
    private bool _expiring;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(int shard, ShardTables tables, Action<HotRates>? tellOthers = null) =>
        Akka.Actor.Props.Create(() => new RateLimitActor(shard, tables, tellOthers));

    /// <summary>After a restart the tables are not empty.</summary>
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
                Sender.Tell(AnswerTo(query), ActorRefs.NoSender);
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

    private RateAnswer AnswerTo(RateQuery query)
    {
        if (_tables.Admit(query.Listener, query.Address, tables.Time))
            return RateAnswer.Yes;
        var milliseconds = query.IsCountedOnly ? 0 : _tables.RefusedFor(query.Listener, query.Address, tables.Time);
        return milliseconds == 0 ? RateAnswer.No : RateAnswer.No with { RefusedFor = milliseconds };
    }

    private ShardAnswer Answer(ShardQuery query, int listener)
    {
        switch (query.Order)
        {
            case RateOrder.Find:
                return new(query.Id, _tables.Rate(listener, query.Address, tables.Time));
            case RateOrder.Hold:
                _tables.Hold(listener, query.Address, TimeSpan.FromMilliseconds(query.From), tables.Time);
                return new(query.Id, 0);
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

    /// <summary>Connections from before its start may still count.</summary>
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

/// <summary>A shard region without a cluster: the same extractor and entities, created by their first message, on its dispatcher.</summary>
public sealed class LocalShardsActor(IMessageExtractor extractor, Func<string, Props> entity) : UntypedActor
{
    /// <summary>Restarts killed entities, too. Stops one whose constructor throws; it would be restarted for ever.</summary>
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
