using Akka.Actor;
using Akka.Event;
using EdgeActors.Admission;

namespace EdgeActors.Cluster;

/// <summary>Asks the cluster's entities on behalf of this node. Each query gets a number that identifies its sender: connections live in
/// another actor system, which other nodes cannot reach. A silent shard is not waited for.</summary>
public sealed class ClusterRateProxyActor(IActorRef region, ClusterGateway gateway, ShardTables tables, TimeSpan timeout)
    : UntypedActor, IWithTimers
{
    public const string Name = "rate-proxy";

    /// <summary>Interval at which moved shards are located without a client's query.</summary>
    private static readonly TimeSpan WarmUpInterval = TimeSpan.FromSeconds(2);

    /// <summary>Short: it costs one message and locates the shard.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    private readonly PendingRateQueries _table = new(timeout, Retry, tables.Time);

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
                region.Tell(inspection.ToQuery(id, tables.Limits.KeyOf(inspection.Listener)), Self);
                break;
            case WarmUp:
                // A shard is located by its first message; no client should wait for that.
                if (!Timers.IsTimerActive(nameof(WarmUp)))
                    Timers.StartPeriodicTimer(nameof(WarmUp), new WarmUp(), WarmUpInterval);
                for (var shard = 0; shard < RateLimitExtractor.Shards; shard++)
                    region.Tell(new ShardQuery(0, shard, RateOrder.Top, 0, default), Self);
                break;
            case HotRates hot:
                OnShardMoves(hot);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Regions drop queries to a moving shard, so queries of clients over the limit are answered here.</summary>
    private void OnShardMoves(HotRates hot)
    {
        tables.Leave(hot);
        foreach (var (id, question) in _table.Unanswered(hot.Shard))
        {
            if (question is not RateQuery query || !IsOver(hot.Shard, query))
                continue;
            _table.Answered(id, out var asker, out _);
            Refuse(asker!);
        }
    }

    private bool IsOver(int shard, RateQuery query) => tables.IsOver(shard, query.Listener, query.Address);

    private void Ask(RateQuery query)
    {
        var shard = query.Address.ShardOf(RateLimitExtractor.Shards);
        var over = IsOver(shard, query);
        if (over)
            Refuse(Sender);
        var silent = _table.IsSilent(shard, out var ask);
        if (silent && !over)
            Alone(Sender);
        if (!ask)
            return;
        // A question has one answer: the actor that asks may have another connection when a second one comes.
        var id = _table.Add(over || silent ? ActorRefs.Nobody : Sender, shard, query);
        region.Tell(new ShardQuery(id, shard, RateOrder.Admit, tables.Limits.KeyOf(query.Listener), query.Address), Self);
    }

    private void Answered(ShardAnswer answer)
    {
        _table.Answered(answer.Id, out var asker, out var question);
        switch (question)
        {
            case RateQuery query:
                if (IsFromElsewhere)
                    tables.Drop(query.Address.ShardOf(RateLimitExtractor.Shards));
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
        gateway.Count(remote: IsFromElsewhere);
        asker.Tell(
            verdict switch
            {
                SharedVerdict.Yes => RateAnswer.SharedYes,
                SharedVerdict.YoungYes => RateAnswer.YoungYes,
                _ => RateAnswer.SharedNo,
            },
            ActorRefs.NoSender);
    }

    /// <summary>By the counts of the shard's previous node.</summary>
    private void Refuse(IActorRef asker)
    {
        gateway.Count(remote: true);
        asker.Tell(RateAnswer.SharedNo, ActorRefs.NoSender);
    }

    private void Alone(IActorRef asker)
    {
        gateway.CountAlone();
        asker.Tell(RateAnswer.Alone, ActorRefs.NoSender);
    }
}

/// <summary>To the proxy: this node is a member now.</summary>
internal sealed record WarmUp : INotInfluenceReceiveTimeout, IDeadLetterSuppression;

/// <summary>Queries without an answer, and silent shards. A ring: a query's number is its slot, so an unanswered query is overwritten
/// later and needs no clean-up. Not thread-safe.</summary>
/// <param name="timeout">A shard that does not answer a query for this long is silent; later queries do not wait for it.</param>
/// <param name="retry">Interval of queries to a silent shard.</param>
internal sealed class PendingRateQueries(TimeSpan timeout, TimeSpan retry, TimeProvider time, int capacity = PendingRateQueries.Usual)
{
    public const int Usual = 1 << 14;

    private readonly Slot[] _slots = new Slot[capacity];
    private readonly Shard[] _shards = new Shard[RateLimitExtractor.Shards];
    private uint _last;

    /// <returns>The query's number, never 0.</returns>
    public uint Add(IActorRef asker, int shard, object question)
    {
        // 0 marks a free slot.
        if (++_last == 0)
            _last++;
        _slots[_last & (uint)(capacity - 1)] = new Slot(_last, asker, question, shard);
        ref var state = ref _shards[shard];
        state.AskedAt = time.GetTimestamp();
        if (state.UnansweredSince == 0)
            state.UnansweredSince = state.AskedAt;
        return _last;
    }

    /// <param name="ask">Whether to send the query in any case.</param>
    public bool IsSilent(int shard, out bool ask)
    {
        ref readonly var state = ref _shards[shard];
        ask = true;
        if (state.UnansweredSince == 0 || time.GetElapsedTime(state.UnansweredSince) < timeout)
            return false;
        ask = time.GetElapsedTime(state.AskedAt) >= retry;
        return true;
    }

    /// <param name="asker">Null: unknown number, or the answer is too late.</param>
    public void Answered(uint id, out IActorRef? asker, out object? question)
    {
        ref var slot = ref _slots[id & (uint)(capacity - 1)];
        (asker, question) = (null, null);
        if (slot.Id != id || id == 0)
            return;
        (asker, question) = (slot.Asker, slot.Question);
        _shards[slot.Shard].UnansweredSince = 0;
        slot = default;
    }

    /// <summary>The open queries of a shard. Walks all slots: only for moving shards.</summary>
    public IEnumerable<(uint Id, object Question)> Unanswered(int shard)
    {
        for (var i = 0; i < capacity; i++)
        {
            if (_slots[i] is { Id: not 0 } slot && slot.Shard == shard)
                yield return (slot.Id, slot.Question);
        }
    }

    private readonly record struct Slot(uint Id, IActorRef Asker, object Question, int Shard);

    private struct Shard
    {
        /// <summary>Time of the last query; 0: none yet.</summary>
        public long AskedAt;

        /// <summary>Time of the first query since the last answer; 0: none.</summary>
        public long UnansweredSince;
    }
}
