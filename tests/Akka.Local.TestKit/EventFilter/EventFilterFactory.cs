using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>Filters for log entries, by level or exception, text and source. <see cref="IEventFilterApplier.And"/> joins several.</summary>
public class EventFilterFactory
{
    private readonly TestKitBase _testKit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<LogEventFilter> _filters;

    public EventFilterFactory(TestKitBase testkit)
        : this(testkit, testkit.Sys)
    {
    }

    public EventFilterFactory(TestKitBase testkit, ActorSystem system)
        : this(testkit, system, [])
    {
    }

    internal EventFilterFactory(TestKitBase testkit, ActorSystem system, IReadOnlyList<LogEventFilter> filters)
    {
        _testKit = testkit;
        _system = system;
        _filters = filters;
    }

    public IEventFilterApplier Exception<TException>(string? message = null, string? start = null, string? contains = null, string? source = null)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source);

    public IEventFilterApplier Exception<TException>(Regex pattern, string? source = null)
        where TException : Exception => Create(
            e => e is Error { Cause: TException } && pattern.IsMatch(e.Message.ToString()!) && IsFrom(e, source),
            $"{typeof(TException).Name} matching {pattern}");

    public IEventFilterApplier Exception(Type exceptionType, string? message = null, string? start = null, string? contains = null, string? source = null, bool checkInnerExceptions = false) =>
        Create(
            e => e is Error { Cause: { } cause } && Causes(cause, checkInnerExceptions).Any(exceptionType.IsInstanceOfType)
                && (Fits(e.Message.ToString(), message, start, contains) || Fits(cause.Message, message, start, contains)) && IsFrom(e, source),
            $"{exceptionType.Name} {message}{start}{contains}");

    public IEventFilterApplier Error(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    public IEventFilterApplier Error(Regex pattern, string? source = null) => ForLogLevel(LogLevel.ErrorLevel, pattern, source);

    public IEventFilterApplier Warning(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    public IEventFilterApplier Warning(Regex pattern, string? source = null) => ForLogLevel(LogLevel.WarningLevel, pattern, source);

    public IEventFilterApplier Info(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    public IEventFilterApplier Info(Regex pattern, string? source = null) => ForLogLevel(LogLevel.InfoLevel, pattern, source);

    public IEventFilterApplier Debug(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, message, start, contains, source);

    public IEventFilterApplier Debug(Regex pattern, string? source = null) => ForLogLevel(LogLevel.DebugLevel, pattern, source);

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Create(
            e => e is not DeadLetterEvent && e.LogLevel() == logLevel && Fits(e.Message.ToString(), message, start, contains) && IsFrom(e, source),
            $"{logLevel} {message}{start}{contains}");

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string? source = null) =>
        Create(
            e => e is not DeadLetterEvent && e.LogLevel() == logLevel && pattern.IsMatch(e.Message.ToString()!) && IsFrom(e, source),
            $"{logLevel} matching {pattern}");

    public IEventFilterApplier DeadLetter() => Create(static e => e is DeadLetterEvent, "dead letter");

    public IEventFilterApplier DeadLetter<TMessage>(string? source = null) => DeadLetter<TMessage>(static _ => true, source);

    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string? source = null) =>
        Create(e => e is DeadLetterEvent { Letter.Message: TMessage message } && isMatch(message) && IsFrom(e, source), $"dead letter {typeof(TMessage).Name}");

    public IEventFilterApplier Custom(Predicate<LogEvent> predicate) => Create(predicate, "custom");

    public IEventFilterApplier Custom<TLogEvent>(Predicate<TLogEvent> predicate)
        where TLogEvent : LogEvent => Create(e => e is TLogEvent typed && predicate(typed), "custom");

    private static bool Fits(string? text, string? message, string? start, string? contains) => text is not null
        && (message is null || text == message)
        && (start is null || text.StartsWith(start, StringComparison.Ordinal))
        && (contains is null || text.Contains(contains, StringComparison.Ordinal));

    private static bool IsFrom(LogEvent logEvent, string? source) => source is null || logEvent.LogSource == source
        || logEvent.LogSource.EndsWith(source, StringComparison.Ordinal);

    private static IEnumerable<Exception> Causes(Exception cause, bool inner)
    {
        yield return cause;
        while (inner && cause.InnerException is { } next)
        {
            cause = next;
            yield return cause;
        }
    }

    private EventFilterApplier Create(Predicate<LogEvent> isMatch, string description) =>
        new(_testKit, _system, [.. _filters, new LogEventFilter(isMatch, description)]);
}
