using Akka.Event;

namespace Akka.TestKit;

/// <summary>Counts the log entries that fit.</summary>
internal sealed class LogEventFilter(Predicate<LogEvent> isMatch, string description)
{
    private int _count;

    internal int Count => Volatile.Read(ref _count);

    internal string Description { get; } = description;

    internal bool Take(LogEvent logEvent)
    {
        if (!isMatch(logEvent))
            return false;
        Interlocked.Increment(ref _count);
        return true;
    }
}

/// <summary>A dead letter, in the form in which filters see it.</summary>
internal sealed class DeadLetterEvent(AllDeadLetters letter) : Warning(letter.Recipient.Path.ToString(), letter.Recipient.GetType(), letter.ToString())
{
    internal AllDeadLetters Letter { get; } = letter;
}

internal sealed record Mute(IReadOnlyList<LogEventFilter> Filters);

internal sealed record Unmute(IReadOnlyList<LogEventFilter> Filters);
