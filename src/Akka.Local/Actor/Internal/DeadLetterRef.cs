using Akka.Event;

namespace Akka.Actor.Internal;

/// <summary>Where messages go that nobody can receive: onto the event stream, unless their loss is expected.</summary>
internal sealed class DeadLetterRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    : EmptyLocalActorRef(provider, path, eventStream)
{
    /// <summary>What is published for a message that did not reach its recipient.</summary>
    internal static AllDeadLetters Wrap(object message, IActorRef? sender, IActorRef recipient) => message switch
    {
        IDeadLetterSuppression suppressed => new SuppressedDeadLetter(suppressed, sender, recipient),
        _ => new DeadLetter(message, sender, recipient),
    };

    internal static void Publish(EventStream eventStream, object message, IActorRef? sender, IActorRef recipient) =>
        eventStream.Publish(message as AllDeadLetters ?? Wrap(message, sender, recipient));

    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (message is Identify identify)
            sender?.Tell(new ActorIdentity(identify.MessageId, null), this);
        else
            Publish(EventStream, message ?? throw new InvalidMessageException(), sender, this);
    }
}

/// <summary>Swallows everything.</summary>
internal sealed class IgnoreRef(IActorRefProvider provider, ActorPath path) : MinimalActorRef
{
    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider { get; } = provider;
}
