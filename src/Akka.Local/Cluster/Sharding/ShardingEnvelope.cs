using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>A message for the entity of that id, whatever the extractor of the region makes of the message.</summary>
public sealed class ShardingEnvelope(string entityId, object message) : IWrappedMessage, IEquatable<ShardingEnvelope>
{
    public string EntityId { get; } = entityId;

    public object Message { get; } = message;

    public bool Equals(ShardingEnvelope? other) =>
        other is not null && EntityId == other.EntityId && Message.Equals(other.Message);

    public override bool Equals(object? obj) => Equals(obj as ShardingEnvelope);

    public override int GetHashCode() => HashCode.Combine(EntityId, Message);

    public override string ToString() => $"ShardingEnvelope({EntityId}, {Message})";
}
