using Akka.Actor;

namespace Akka.Event;

/// <summary>A message whose loss is expected and not worth a word.</summary>
public interface IDeadLetterSuppression;

/// <summary>A message that nobody received, as the event stream shows it.</summary>
public abstract class AllDeadLetters(object message, IActorRef? sender, IActorRef recipient) : IWrappedMessage
{
    public object Message { get; } = message ?? throw new ArgumentNullException(nameof(message));

    public IActorRef Sender { get; } = sender!;

    public IActorRef Recipient { get; } = recipient ?? throw new ArgumentNullException(nameof(recipient));

    public override string ToString() => $"{GetType().Name} from {Sender?.ToString() ?? "NoSender"} to {Recipient}: <{Message}>";
}

/// <summary>Its recipient has stopped or never was.</summary>
public sealed class DeadLetter(object message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

public sealed class SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>Its recipient runs and has no handler for it.</summary>
public sealed class UnhandledMessage(object message, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient);

/// <summary>It was dropped on purpose, for instance by a full buffer.</summary>
public sealed class Dropped(object message, string reason, IActorRef? sender, IActorRef recipient) : AllDeadLetters(message, sender, recipient)
{
    public Dropped(object message, string reason, IActorRef recipient)
        : this(message, reason, ActorRefs.NoSender, recipient)
    {
    }

    public string Reason { get; } = reason;
}
