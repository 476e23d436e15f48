using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>The logger of test systems: what a filter takes it does not print.</summary>
public class TestEventListener : DefaultLogger
{
    private readonly List<LogEventFilter> _filters = [];

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger init:
                var bus = init.LoggingBus;
                foreach (var type in new[] { typeof(Mute), typeof(Unmute), typeof(DeadLetter), typeof(UnhandledMessage) })
                    bus.Subscribe(Context.Self, type);
                Sender.Tell(new LoggerInitialized());
                return true;
            case Mute mute:
                _filters.AddRange(mute.Filters);
                return true;
            case Unmute unmute:
                _filters.RemoveAll(unmute.Filters.Contains);
                return true;
            case LogEvent logEvent:
                if (!IsTaken(logEvent))
                    Print(logEvent);
                return true;
            case UnhandledMessage unhandled:
                var text = $"Unhandled message from {unhandled.Sender}: {unhandled.Message}";
                IsTaken(new Warning(unhandled.Recipient.Path.ToString(), unhandled.Recipient.GetType(), text));
                return true;
            case DeadLetter letter:
                IsTaken(new DeadLetterEvent(letter));
                return true;
            default:
                return base.Receive(message);
        }
    }

    /// <summary>Every filter is asked, so that each counts for itself.</summary>
    private bool IsTaken(LogEvent logEvent)
    {
        var taken = false;
        foreach (var filter in _filters)
            taken |= filter.Take(logEvent);
        return taken;
    }
}
