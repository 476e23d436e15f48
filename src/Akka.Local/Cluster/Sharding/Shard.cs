using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The parent of some entities of a type. An entity is
/// <code>
///   (none) --message--> Active --Passivate, or idle--> Passivating --Terminated--> (none), or Active again if messages wait
///                         |
///                         +--Terminated--> (none)
/// </code>
/// </summary>
internal sealed class Shard : ActorBase, IWithTimers
{
    private readonly Dictionary<string, Entity> _entities = [];
    private readonly Dictionary<IActorRef, Entity> _byRef = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IScheduler _clock = Context.System.Scheduler;
    private readonly string _shardId;
    private readonly RegionPlan _plan;
    private readonly EnvelopeExtractor _extractor;
    private int _buffered;

    public Shard(string shardId, RegionPlan plan, EnvelopeExtractor extractor)
    {
        _shardId = shardId;
        _plan = plan;
        _extractor = extractor;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        if (_plan.Settings.ShouldPassivateIdleEntities)
            Timers.StartPeriodicTimer(IdleTick.Instance, IdleTick.Instance, _plan.Settings.PassivateIdleEntityAfter / 2);
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated ended:
                Remove(ended.ActorRef);
                return true;
            case Passivate passivate:
                if (_byRef.TryGetValue(Sender, out var passivating))
                    Passivate(passivating, passivate.StopMessage);
                return true;
            case IdleTick:
                PassivateIdleEntities();
                return true;
            case GetState:
                Sender.Tell(new ShardState(_shardId, _entities.Keys.ToImmutableHashSet()));
                return true;
            case HandOff:
                StopEntities();
                return true;
            case ShardRegion.StartEntity start:
                Start(start.EntityId);
                return true;
            default:
                Deliver(_extractor.EntityId(message)!, message, Sender);
                return true;
        }
    }

    private void Deliver(string entityId, object message, IActorRef sender)
    {
        if (_extractor.EntityMessage(message) is not { } payload)
            throw new ArgumentNullException(nameof(message), $"{_plan.Extractor.GetType()} gave no message for the entity [{entityId}].");
        if (payload is ShardRegion.StartEntity)
        {
            Start(entityId);
            return;
        }

        var entity = GetOrCreate(entityId);
        if (entity.Waiting is not null)
        {
            Buffer(entity, payload, sender);
            return;
        }

        entity.LastMessage = _clock.MonotonicClock;
        entity.Ref.Tell(payload, sender);
    }

    private void Start(string entityId)
    {
        var entity = GetOrCreate(entityId);
        entity.LastMessage = _clock.MonotonicClock;
        entity.StartAgain = entity.Waiting is not null;
    }

    private Entity GetOrCreate(string entityId)
    {
        if (_entities.TryGetValue(entityId, out var entity))
            return entity;

        var actor = Context.Watch(Context.ActorOf(_plan.EntityProps(entityId), Uri.EscapeDataString(entityId)));
        entity = new Entity(entityId, actor);
        _entities.Add(entityId, entity);
        _byRef.Add(actor, entity);
        return entity;
    }

    private static void Passivate(Entity entity, object stopMessage)
    {
        if (entity.Waiting is not null)
            return;
        entity.Waiting = new Queue<(object, IActorRef)>();
        entity.Ref.Tell(stopMessage);
    }

    private void PassivateIdleEntities()
    {
        var deadline = _clock.MonotonicClock - _plan.Settings.PassivateIdleEntityAfter;
        foreach (var entity in _entities.Values)
        {
            if (entity.LastMessage < deadline)
                Passivate(entity, _plan.StopMessage);
        }
    }

    private void Buffer(Entity entity, object payload, IActorRef sender)
    {
        if (_buffered >= _plan.Settings.BufferSize)
        {
            _log.Warning("{0}: the buffer of shard {1} is full, dropping a message for entity [{2}]", _plan.TypeName, _shardId, entity.Id);
            Context.System.DeadLetters.Tell(payload, sender);
            return;
        }

        entity.Waiting!.Enqueue((payload, sender));
        _buffered++;
    }

    private void Remove(IActorRef ended)
    {
        if (!_byRef.Remove(ended, out var entity))
            return;
        _entities.Remove(entity.Id);
        if (entity.Waiting is not { } waiting)
            return;

        _buffered -= waiting.Count;
        if (waiting.Count == 0 && !entity.StartAgain)
            return;
        var next = GetOrCreate(entity.Id);
        next.LastMessage = _clock.MonotonicClock;
        foreach (var (payload, sender) in waiting)
            next.Ref.Tell(payload, sender);
    }

    private void StopEntities()
    {
        Timers.CancelAll();
        if (_byRef.Count == 0)
        {
            Context.Stop(Self);
            return;
        }

        Timers.StartSingleTimer(HandOffTimeout.Instance, HandOffTimeout.Instance, _plan.Settings.HandOffTimeout);
        foreach (var entity in _byRef.Values)
            entity.Ref.Tell(_plan.StopMessage);
        Become(HandingOff);
    }

    private bool HandingOff(object message)
    {
        switch (message)
        {
            case Terminated ended:
                if (_byRef.Remove(ended.ActorRef, out var entity))
                    DropWaiting(entity);
                if (_byRef.Count == 0)
                    Context.Stop(Self);
                return true;
            case HandOffTimeout:
                _log.Warning("{0}: {1} entities of shard {2} did not stop in time and are stopped", _plan.TypeName, _byRef.Count, _shardId);
                foreach (var actor in _byRef.Keys)
                    Context.Stop(actor);
                return true;
            case HandOff or Sharding.Passivate:
                return true;
            default:
                Context.System.DeadLetters.Tell(message, Sender);
                return true;
        }
    }

    private static void DropWaiting(Entity entity)
    {
        if (entity.Waiting is null)
            return;
        foreach (var (payload, sender) in entity.Waiting)
            Context.System.DeadLetters.Tell(payload, sender);
    }

    /// <summary>From the region: give every entity the stop message and stop when all have ended.</summary>
    internal sealed class HandOff
    {
        public static readonly HandOff Instance = new();
    }

    /// <summary>From the region, answered with <see cref="ShardState"/>.</summary>
    internal sealed class GetState
    {
        public static readonly GetState Instance = new();
    }

    private sealed class IdleTick
    {
        public static readonly IdleTick Instance = new();
    }

    private sealed class HandOffTimeout
    {
        public static readonly HandOffTimeout Instance = new();
    }

    private sealed class Entity(string id, IActorRef actor)
    {
        public string Id { get; } = id;

        public IActorRef Ref { get; } = actor;

        /// <summary>On the scheduler's monotonic clock.</summary>
        public TimeSpan LastMessage { get; set; }

        /// <summary>What came while the entity is passivating; null while it is active.</summary>
        public Queue<(object Payload, IActorRef Sender)>? Waiting { get; set; }

        /// <summary>Someone asked for the entity while it was passivating, without a message for it.</summary>
        public bool StartAgain { get; set; }
    }
}
