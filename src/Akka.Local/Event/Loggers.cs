using Akka.Actor;
using Akka.Dispatch;

namespace Akka.Event;

/// <summary>The mark of an actor that can serve as a logger.</summary>
public interface ILoggerMessageQueueSemantics : ISemantics;

/// <summary>The first message of a logger, to be answered with <see cref="LoggerInitialized"/>.</summary>
public class InitializeLogger(LoggingBus loggingBus) : INoSerializationVerificationNeeded
{
    public LoggingBus LoggingBus { get; } = loggingBus;
}

public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A logger that is no actor: it writes on the thread that logs.</summary>
public abstract class MinimalLogger : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(new Address("akka", "all-systems"), "/StandardOutLogger");

    public override IActorRefProvider Provider => throw new NotSupportedException("This logger belongs to no actor system.");

    protected abstract void Log(object message);

    protected override void TellInternal(object message, IActorRef? sender) => Log(message ?? throw new ArgumentNullException(nameof(message)));
}

public class StandardOutLogger : MinimalLogger
{
    protected override void Log(object message) => Console.Out.WriteLine(message.ToString());
}

/// <summary>Writes log entries to standard output, one after the other, without keeping those who log waiting.</summary>
public class DefaultLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                return true;
            case LogEvent logEvent:
                Print(logEvent);
                return true;
            default:
                return false;
        }
    }

    protected virtual void Print(LogEvent logEvent) => Console.Out.WriteLine(logEvent.ToString());
}
