using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

// Signatures that applications implement or override stay free of nullable annotations, as in the packages:
// a sender may be null (nobody to answer), and code that says so or not must compile against both.
#nullable disable annotations

/// <summary>Anything a message can be told to: an actor, a selection, a promise.</summary>
public interface ICanTell
{
    void Tell(object message, IActorRef sender);
}

public interface IActorRefScope
{
    bool IsLocal { get; }
}

/// <summary>The immutable handle of one incarnation of an actor. Telling it never blocks and never throws on a stopped actor.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, IComparable
{
    ActorPath Path { get; }
}

/// <summary>What the runtime itself may ask of a reference.</summary>
public interface IInternalActorRef : IActorRef, IActorRefScope
{
    IInternalActorRef Parent { get; }

    IActorRefProvider Provider { get; }

    bool IsTerminated { get; }

    /// <summary>Walks down by names; ".." goes up. Gives <see cref="ActorRefs.Nobody"/> where there is none.</summary>
    IActorRef GetChild(IReadOnlyList<string> name);

    void Start();

    void Stop();

    void Suspend();

    void Resume(Exception causedByFailure = null);

    void Restart(Exception cause);

    internal void SendSystemMessage(SystemMessage message);
}
