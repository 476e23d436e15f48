using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>The entrance to all entities of a type: finds the shard of a message, and makes it at its first one.</summary>
public sealed class ShardRegion : ActorBase
{
    private readonly Dictionary<string, IActorRef> _shards = [];
    private readonly TaskCompletionSource<Done> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly RegionPlan _plan;
    private readonly EnvelopeExtractor _extractor;
    private bool _shuttingDown;

    internal ShardRegion(RegionPlan plan)
    {
        _plan = plan;
        _extractor = new EnvelopeExtractor(plan.Extractor);

        var self = Self;
        var stopped = _stopped.Task;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseClusterShardingShutdownRegion, "region-shutdown", () =>
        {
            self.Tell(GracefulShutdown.Instance);
            return stopped;
        });
    }

    /// <summary>Makes the entity of that id, if there is none, without a message for it.</summary>
    public sealed class StartEntity(string entityId) : IEquatable<StartEntity>
    {
        public string EntityId { get; } = entityId;

        public bool Equals(StartEntity? other) => other is not null && EntityId == other.EntityId;

        public override bool Equals(object? obj) => Equals(obj as StartEntity);

        public override int GetHashCode() => EntityId.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => $"StartEntity({EntityId})";
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated ended:
                Remove(ended.ActorRef);
                return true;
            case GracefulShutdown:
                ShutDown();
                return true;
            case GetShardRegionState:
                QueryShards().PipeTo(Sender, success: static answers => new CurrentShardRegionState(answers.Shards, answers.Failed));
                return true;
            case GetShardRegionStats:
                QueryShards().PipeTo(Sender, success: static answers => new ShardRegionStats(
                    answers.Shards.ToImmutableDictionary(static shard => shard.ShardId, static shard => shard.EntityIds.Count),
                    answers.Failed));
                return true;
            case IShardRegionCommand or IShardRegionQuery:
                return false;
            case StartEntity start:
                Deliver(start.EntityId, message);
                return true;
            default:
                if (_extractor.EntityId(message) is not { } entityId)
                {
                    _log.Warning("{0}: no entity is named by a message of type {1}", _plan.TypeName, message.GetType());
                    return false;
                }

                Deliver(entityId, message);
                return true;
        }
    }

    protected override void PostStop() => _stopped.TrySetResult(Done.Instance);

    private void Deliver(string entityId, object message)
    {
        var shardId = _extractor.ShardId(entityId, message);
        if (_shuttingDown || string.IsNullOrEmpty(shardId))
        {
            Context.System.DeadLetters.Tell(message, Sender);
            return;
        }

        if (!_shards.TryGetValue(shardId, out var shard))
            _shards.Add(shardId, shard = Start(shardId));
        shard.Tell(message, Sender);
    }

    private IActorRef Start(string shardId) => Context.Watch(Context.ActorOf(
        FunctionProducer<Shard>.Props(() => new Shard(shardId, _plan, _extractor)), Uri.EscapeDataString(shardId)));

    private void ShutDown()
    {
        _shuttingDown = true;
        foreach (var shard in _shards.Values)
            shard.Tell(Shard.HandOff.Instance);
        StopWhenEmpty();
    }

    private void Remove(IActorRef ended)
    {
        foreach (var (shardId, shard) in _shards)
        {
            if (!shard.Equals(ended))
                continue;
            _shards.Remove(shardId);
            break;
        }

        StopWhenEmpty();
    }

    private void StopWhenEmpty()
    {
        if (_shuttingDown && _shards.Count == 0)
            Context.Stop(Self);
    }

    private async Task<(IImmutableSet<ShardState> Shards, IImmutableSet<string> Failed)> QueryShards()
    {
        var questions = _shards
            .Select(shard => (Id: shard.Key, Answer: shard.Value.Ask<ShardState>(Shard.GetState.Instance, _plan.Settings.ShardRegionQueryTimeout)))
            .ToArray();
        await ((Task)Task.WhenAll(questions.Select(static question => question.Answer))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (
            questions.Where(static question => question.Answer.IsCompletedSuccessfully).Select(static question => question.Answer.Result).ToImmutableHashSet(),
            questions.Where(static question => !question.Answer.IsCompletedSuccessfully).Select(static question => question.Id).ToImmutableHashSet());
    }
}
