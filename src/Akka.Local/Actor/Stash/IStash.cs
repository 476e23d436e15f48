using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Messages put aside, to be received again before everything that waits in the mailbox.</summary>
public interface IStash
{
    int Count { get; }

    bool IsEmpty { get; }

    bool NonEmpty { get; }

    bool IsFull { get; }

    /// <summary>-1 when there is no bound.</summary>
    int Capacity { get; }

    /// <summary>Puts the message that is being received aside.</summary>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    /// <exception cref="IllegalActorStateException">This very message was stashed already.</exception>
    void Stash();

    /// <summary>Returns the oldest one to the mailbox.</summary>
    void Unstash();

    void UnstashAll();

    void UnstashAll(Func<Envelope, bool> predicate);

    IEnumerable<Envelope> ClearStash();

    void Prepend(IEnumerable<Envelope> envelopes);
}

#nullable disable annotations

/// <summary>The runtime sets the stash right after the constructor.</summary>
public interface IActorStash
{
    IStash Stash { get; set; }
}

#nullable restore annotations

public interface IWithUnrestrictedStash : IActorStash;

public interface IWithStash : IWithUnrestrictedStash, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>;

public interface IWithUnboundedStash : IWithUnrestrictedStash, IRequiresMessageQueue<IUnboundedDequeBasedMessageQueueSemantics>;

public interface IWithBoundedStash : IWithUnrestrictedStash, IRequiresMessageQueue<IBoundedDequeBasedMessageQueueSemantics>;
