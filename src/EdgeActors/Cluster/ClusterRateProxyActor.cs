using Akka.Actor;
using Akka.Event;
using EdgeActors.Admission;
using EdgeActors.Settings;

namespace EdgeActors.Cluster;

/// <summary>
/// Asks the cluster's entities on behalf of this node. Connections live in another actor system, which no other node could answer to, so each
/// question gets a number here, and the answer is told to whoever has asked. A shard that has fallen silent, because its node is gone or it is
/// on its way to another one, is not waited for.
/// </summary>
public sealed class ClusterRateProxyActor : UntypedActor, IWithTimers
{
    /// <summary>In each cluster system, below <c>/user</c>.</summary>
    public const string Name = "rate-proxy";

    /// <summary>How often shards that have lost their home to a move get a new one, whether a client asks or not.</summary>
    private static readonly TimeSpan WarmUpInterval = TimeSpan.FromSeconds(2);

    /// <summary>Short, as it costs one message, and the shard's new home is found by it.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly IActorRef _region;
    private readonly ClusterGateway _gateway;
    private readonly RateLimits _limits;
    private readonly ShardTables _tables;
    private readonly PendingRateQueries _table;

    /// <param name="region">Takes <see cref="ShardQuery"/>: a shard region.</param>
    /// <param name="tables">Take what other nodes hand over.</param>
    /// <param name="timeout">See <see cref="PendingRateQueries"/>.</param>
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
            case FindRate find:
                Ask(find, RateOrder.Find, find.Listener, find.Address);
                break;
            case ForgetRate forget:
                Ask(forget, RateOrder.Forget, forget.Listener, forget.Address);
                break;
            case FindTopRates find:
                var id = _table.Add(Sender, find.Shard, find);
                _region.Tell(new ShardQuery(id, find.Shard, RateOrder.Top, _limits.KeyOf(find.Listener), default, find.From, find.Most), Self);
                break;
            case WarmUp:
                // A shard finds its home with the first message; no client is to wait for that.
                WarmUpFromNowOn();
                for (var shard = 0; shard < RateLimitExtractor.Shards; shard++)
                    _region.Tell(new ShardQuery(0, shard, RateOrder.Top, 0, default), Self);
                break;
            case HotRates hot:
                Learn(hot);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>It begins when the node is a member.</summary>
    private void WarmUpFromNowOn()
    {
        if (!Timers.IsTimerActive(nameof(WarmUp)))
            Timers.StartPeriodicTimer(nameof(WarmUp), WarmUp.Instance, WarmUpInterval);
    }

    /// <summary>A shard moves. What it was asked last may have been lost with that: regions drop it.</summary>
    private void Learn(HotRates hot)
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
        Ask(query, RateOrder.Admit, query.Listener, query.Address);
    }

    private void Ask(object question, RateOrder order, int listener, AddressKey address)
    {
        var id = _table.Add(Sender, address.ShardOf(RateLimitExtractor.Shards), question);
        _region.Tell(ShardQuery.Of(id, order, _limits.KeyOf(listener), address), Self);
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
            case FindRate:
                asker!.Tell(new RateFound(answer.Value), ActorRefs.NoSender);
                break;
            case ForgetRate:
                asker!.Tell(new RateForgotten(answer.Value != 0), ActorRefs.NoSender);
                break;
            case FindTopRates when answer.Top is { } top:
                asker!.Tell(top, ActorRefs.NoSender);
                break;
            default:
                // It has come too late.
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

    /// <summary>By what the last one that had the shard has said.</summary>
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
