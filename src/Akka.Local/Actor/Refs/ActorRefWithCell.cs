using Akka.Actor.Internal;

namespace Akka.Actor;

#nullable disable annotations

/// <summary>The part of an actor behind its reference that inspectors may look into, from any thread.</summary>
public interface ICell
{
    IActorRef Self { get; }

    ActorSystem System { get; }

    Props Props { get; }

    bool HasMessages { get; }

    /// <summary>A guess while senders are busy.</summary>
    int NumberOfMessages { get; }

    bool IsTerminated { get; }
}

/// <summary>A reference with an actor of this process behind it.</summary>
public abstract class ActorRefWithCell : InternalActorRefBase
{
    public abstract ICell Underlying { get; }

    public abstract IEnumerable<IActorRef> Children { get; }
}
