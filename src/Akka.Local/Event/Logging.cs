using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Event;

public static class Logging
{
    public static ILoggingAdapter GetLogger(this IActorContext context, ILogMessageFormatter? logMessageFormatter = null) =>
        new BusLogging(context.System.EventStream, (context as ActorCell)?.ActorType ?? context.Props.Type, context.Self, logMessageFormatter);

    public static ILoggingAdapter GetLogger(ActorSystem system, object logSourceObj, ILogMessageFormatter? logMessageFormatter = null) =>
        GetLogger(system.EventStream, logSourceObj, logMessageFormatter);

    public static ILoggingAdapter GetLogger(LoggingBus loggingBus, object logSourceObj, ILogMessageFormatter? logMessageFormatter = null) =>
        logSourceObj is IActorContext context
            ? context.GetLogger(logMessageFormatter)
            : new BusLogging(loggingBus, SourceName(logSourceObj), SourceType(logSourceObj), logMessageFormatter ?? DefaultLogMessageFormatter.Instance);

    public static string StringFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO",
        LogLevel.WarningLevel => "WARNING",
        LogLevel.ErrorLevel => "ERROR",
        _ => throw new ArgumentException("Unknown LogLevel", nameof(logLevel)),
    };

    public static Type ClassFor(this LogLevel logLevel) => logLevel switch
    {
        LogLevel.DebugLevel => typeof(Debug),
        LogLevel.InfoLevel => typeof(Info),
        LogLevel.WarningLevel => typeof(Warning),
        LogLevel.ErrorLevel => typeof(Error),
        _ => throw new ArgumentException("Unknown LogLevel", nameof(logLevel)),
    };

    /// <summary>Reads the level of a configuration. "OFF" is above all levels.</summary>
    public static LogLevel LogLevelFor(string logLevel) => logLevel?.ToUpperInvariant() switch
    {
        "DEBUG" => LogLevel.DebugLevel,
        "INFO" => LogLevel.InfoLevel,
        "WARNING" => LogLevel.WarningLevel,
        "ERROR" => LogLevel.ErrorLevel,
        "OFF" => (LogLevel)int.MaxValue,
        _ => throw new ArgumentException($"Unknown LogLevel: \"{logLevel}\". Valid values are: \"Debug\", \"Info\", \"Warning\", \"Error\", \"Off\"", nameof(logLevel)),
    };

    public static string SimpleName(object o) => SimpleName(o.GetType());

    public static string SimpleName(Type t) => t.Name.Split('`')[0];

    private static string SourceName(object source) => source switch
    {
        string name => name,
        IActorRef actor => actor.Path.ToString(),
        Type type => type.FullName ?? type.Name,
        ActorSystem system => $"ActorSystem({system.Name})",
        _ => source.GetType().FullName ?? source.GetType().Name,
    };

    private static Type SourceType(object source) => source as Type ?? source.GetType();
}

/// <summary>Puts log entries on the event stream.</summary>
public sealed class BusLogging : LoggingAdapterBase
{
    private readonly IActorRef? _source;
    private string? _sourceName;

    public BusLogging(LoggingBus bus, string logSource, Type logClass, ILogMessageFormatter logMessageFormatter)
        : base(logMessageFormatter)
    {
        Bus = bus;
        LogClass = logClass;
        _sourceName = logSource;
    }

    internal BusLogging(LoggingBus bus, Type logClass, IActorRef source, ILogMessageFormatter? formatter)
        : base(formatter ?? DefaultLogMessageFormatter.Instance)
    {
        Bus = bus;
        LogClass = logClass;
        _source = source;
    }

    public LoggingBus Bus { get; }

    public Type LogClass { get; }

    /// <summary>The path of an actor is spelt out when it first logs, not when it gets its logger.</summary>
    public string LogSource => _sourceName ??= _source!.Path.ToString();

    public override bool IsDebugEnabled => Bus.LogLevel <= LogLevel.DebugLevel;

    public override bool IsInfoEnabled => Bus.LogLevel <= LogLevel.InfoLevel;

    public override bool IsWarningEnabled => Bus.LogLevel <= LogLevel.WarningLevel;

    public override bool IsErrorEnabled => Bus.LogLevel <= LogLevel.ErrorLevel;

    protected override void NotifyLog(LogLevel logLevel, object message, Exception? cause = null) => Bus.Publish(logLevel switch
    {
        LogLevel.DebugLevel => new Debug(cause, LogSource, LogClass, message),
        LogLevel.InfoLevel => new Info(cause, LogSource, LogClass, message),
        LogLevel.WarningLevel => new Warning(cause, LogSource, LogClass, message),
        _ => new Error(cause, LogSource, LogClass, message),
    });
}
