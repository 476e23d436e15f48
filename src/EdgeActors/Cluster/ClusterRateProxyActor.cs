using Akka.Actor;
using Akka.Event;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Cluster;

/// <summary>
/// Asks the cluster's entities on behalf of this node. Connections live in another actor system, which other nodes cannot reach, so each
/// question gets a number here that finds its asker. A shard that is silent because its node is gone or it moves is not waited for.
/// </summary>
public sealed class ClusterRateProxyActor : UntypedActor, IWithTimers
{
    public const string Name = "rate-proxy";

    /// <summary>How often moved shards get a new home without a client's question.</summary>
    private static readonly TimeSpan WarmUpInterval = TimeSpan.FromSeconds(2);

    /// <summary>Short, as it costs one message and finds the shard's new home.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly IActorRef _region;
    private readonly ClusterGateway _gateway;
    private readonly RateLimits _limits;
    private readonly ShardTables _tables;
    private readonly PendingRateQueries _table;

    public ClusterRateProxyActor(IActorRef region, ClusterGateway gateway, ShardTables tables, TimeSpan timeout)
    {
        (_region, _gateway, _tables, _limits) = (region, gateway, tables, tables.Limits);
        _table = new PendingRateQueries(timeout, Retry, tables.Time);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsFromElsewhere => Sender is { Path.Address.HasGlobalScope: true };

    public static Props Props(IActorRef region, ClusterGateway gateway, ShardTables tables, TimeSpan timeout) =>
        Akka.Actor.Props.Create(() => new ClusterRateProxyActor(region, gateway, tables, timeout));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RateQuery query:
                Ask(query);
                break;
            case ShardAnswer answer:
                Answered(answer);
                break;
            case RateInspection inspection:
                var id = _table.Add(Sender, inspection.Shard, inspection);
                _region.Tell(inspection.ToQuery(id, _limits.KeyOf(inspection.Listener)), Self);
                break;
            case WarmUp:
                // A shard finds its home with the first message, which no client should wait for.
                if (!Timers.IsTimerActive(nameof(WarmUp)))
                    Timers.StartPeriodicTimer(nameof(WarmUp), WarmUp.Instance, WarmUpInterval);
                for (var shard = 0; shard < RateLimitExtractor.Shards; shard++)
                    _region.Tell(new ShardQuery(0, shard, RateOrder.Top, 0, default), Self);
                break;
            case HotRates hot:
                OnShardMoves(hot);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Regions drop questions to a shard that moves, so those over the limit are answered here.</summary>
    private void OnShardMoves(HotRates hot)
    {
        _tables.Leave(hot);
        foreach (var (id, question) in _table.Unanswered(hot.Shard))
        {
            if (question is not RateQuery query || !IsOver(hot.Shard, query))
                continue;
            _table.Answered(id, out var asker, out _);
            Refuse(asker!);
        }
    }

    private bool IsOver(int shard, RateQuery query) => _tables.IsOver(shard, query.Listener, query.Address);

    private void Ask(RateQuery query)
    {
        var shard = query.Address.ShardOf(RateLimitExtractor.Shards);
        var over = IsOver(shard, query);
        if (over)
            Refuse(Sender);
        if (_table.IsSilent(shard, out var ask))
        {
            if (!over)
                Alone(Sender);
            if (!ask)
                return;
        }
        var id = _table.Add(Sender, shard, query);
        _region.Tell(new ShardQuery(id, shard, RateOrder.Admit, _limits.KeyOf(query.Listener), query.Address), Self);
    }

    private void Answered(ShardAnswer answer)
    {
        _table.Answered(answer.Id, out var asker, out var question);
        switch (question)
        {
            case RateQuery query:
                if (IsFromElsewhere)
                    _tables.Drop(query.Address.ShardOf(RateLimitExtractor.Shards));
                Admitted(asker!, (SharedVerdict)answer.Value);
                break;
            case RateInspection inspection when inspection.Order != RateOrder.Top || answer.Top is not null:
                asker!.Tell(answer, ActorRefs.NoSender);
                break;
            default:
                // Too late: the question was overwritten.
                break;
        }
    }

    private void Admitted(IActorRef asker, SharedVerdict verdict)
    {
        if (verdict == SharedVerdict.Unknown)
        {
            Alone(asker);
            return;
        }
        _gateway.Count(remote: IsFromElsewhere);
        asker.Tell(
            verdict switch
            {
                SharedVerdict.Yes => RateAnswer.SharedYes,
                SharedVerdict.YoungYes => RateAnswer.YoungYes,
                _ => RateAnswer.SharedNo,
            },
            ActorRefs.NoSender);
    }

    /// <summary>By the counts of the node that had the shard.</summary>
    private void Refuse(IActorRef asker)
    {
        _gateway.Count(remote: true);
        asker.Tell(RateAnswer.SharedNo, ActorRefs.NoSender);
    }

    private void Alone(IActorRef asker)
    {
        _gateway.CountAlone();
        asker.Tell(RateAnswer.Alone, ActorRefs.NoSender);
    }
}

/// <summary>To the proxy: this node is a member now.</summary>
internal sealed class WarmUp : INotInfluenceReceiveTimeout, IDeadLetterSuppression
{
    public static readonly WarmUp Instance = new();
}
