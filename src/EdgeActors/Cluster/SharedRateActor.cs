using Akka.Actor;
using Akka.Event;
using EdgeActors.Admit;

namespace EdgeActors.Cluster;

/// <summary>To an entity whose shard moves to another node: tell it what counts, and stop.</summary>
public sealed record HandOver : IDeadLetterSuppression
{
    public static readonly HandOver Instance = new();
}

/// <summary>
/// The entity of one shard in the cluster: counts for all nodes. Its tables outlive a crash of it, and end with its stay on this node: what
/// counts is told to the other nodes before this one gives the shard away. The next one has it then before a question comes there, as both
/// go the same way.
/// </summary>
public sealed class SharedRateActor(int shard, SharedTables tables, Action<HotRates> tellOthers) : UntypedActor, IWithTimers
{
    private const int ExpireAtOnce = 1024;

    private RateTables _tables = null!;
    private long _since;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="tellOthers">Tells the desks of the other nodes.</param>
    public static Props Props(int shard, SharedTables tables, Action<HotRates> tellOthers) =>
        Akka.Actor.Props.Create(() => new SharedRateActor(shard, tables, tellOthers));

    protected override void PreStart()
    {
        (_tables, _since) = tables.Of(shard);
        Timers.StartPeriodicTimer(nameof(Expire), Expire.Instance, _tables.ExpireInterval);
    }

    protected override void OnReceive(object message)
    {
        tables.TakeOver(shard, _tables);
        switch (message)
        {
            case SharedRateQuery query:
                Sender.Tell(new SharedRateAnswer(query.Id, Answer(query)), Self);
                break;
            case FindSharedTopRates find:
                var top = _tables.Top(tables.Limits.NumberOf(find.Listener), find.From, find.Most, tables.Time);
                Sender.Tell(new SharedTopRates(find.Id, top.Next ?? -1, top.Rates), Self);
                break;
            case HandOver:
                GoElsewhere();
                break;
            case Expire:
                if (_tables.Expire(tables.Time, ExpireAtOnce) == ExpireAtOnce)
                    Self.Tell(Expire.Instance, ActorRefs.NoSender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private uint Answer(SharedRateQuery query)
    {
        var listener = tables.Limits.NumberOf(query.Listener);
        switch (query.Order)
        {
            case RateOrder.Find:
                return _tables.Rate(listener, query.Address, tables.Time);
            case RateOrder.Forget:
                return _tables.Forget(listener, query.Address) ? 1u : 0;
            default:
                if (listener < 0)
                    return (uint)SharedVerdict.Unknown;
                var admitted = _tables.Admit(listener, query.Address, tables.Time);
                return (uint)(!admitted ? SharedVerdict.No : IsYoung(listener) ? SharedVerdict.YoungYes : SharedVerdict.Yes);
        }
    }

    /// <summary>What came before it began may still count.</summary>
    private bool IsYoung(int listener) => tables.Time.GetElapsedTime(_since) < 2 * (_tables.PeriodOf(listener) ?? TimeSpan.Zero);

    private void GoElsewhere()
    {
        foreach (var (listener, rates) in _tables.Counting(HotRates.MostAtOnce, tables.Time))
            tellOthers(new HotRates(shard, tables.Limits.KeyOf(listener), rates));
        tables.Clear(shard);
        Context.Stop(Self);
    }

    private sealed class Expire : INotInfluenceReceiveTimeout, IDeadLetterSuppression
    {
        public static readonly Expire Instance = new();
    }
}
