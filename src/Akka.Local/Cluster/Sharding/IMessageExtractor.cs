namespace Akka.Cluster.Sharding;

/// <summary>Finds out of a message which entity it is for, and what that entity is to receive.</summary>
public interface IMessageExtractor
{
    /// <summary>Null for a message that is for no entity; it is left unhandled.</summary>
    string? EntityId(object message);

    /// <summary>What the entity receives: often the message, sometimes what it wraps. Not null.</summary>
    object? EntityMessage(object message);

    [Obsolete("Use ShardId(EntityId, object) instead.")]
    string? ShardId(object message);

    /// <summary>The shard of an entity, the same at any time. The message is there for ids that need it; it may be null.</summary>
    string ShardId(string entityId, object? messageHint = null);
}

/// <summary>Lets every region take <see cref="ShardingEnvelope"/> beside its own messages.</summary>
internal sealed class EnvelopeExtractor(IMessageExtractor inner) : IMessageExtractor
{
    public string? EntityId(object message) => message is ShardingEnvelope envelope ? envelope.EntityId : inner.EntityId(message);

    public object? EntityMessage(object message) => message is ShardingEnvelope envelope ? envelope.Message : inner.EntityMessage(message);

    [Obsolete("Use ShardId(EntityId, object) instead.")]
    public string? ShardId(object message) => inner.ShardId(message);

    public string ShardId(string entityId, object? messageHint = null) => inner.ShardId(entityId, messageHint);
}
