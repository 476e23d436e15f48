using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;

namespace Akka.Event;

public partial class LoggingBus
{
    private static readonly LogLevel[] AllLevels = [LogLevel.DebugLevel, LogLevel.InfoLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel];

    private readonly List<IActorRef> _loggers = [];
    private volatile int _logLevel = (int)LogLevel.WarningLevel;

    public LogLevel LogLevel => (LogLevel)_logLevel;

    /// <summary>From now on the loggers get entries of this level and above.</summary>
    public void SetLogLevel(LogLevel logLevel)
    {
        lock (_lock)
        {
            _logLevel = (int)logLevel;
            foreach (var logger in _loggers)
                SubscribeLogger(logger);
        }
    }

    public void StartStdoutLogger(Settings config)
    {
        SetLogLevel(Logging.LogLevelFor(config.StdoutLogLevel));
        Add(config.StdoutLogger);
    }

    /// <summary>Starts the configured loggers as system actors and, once they are up, ends the log to standard output.</summary>
    internal void StartDefaultLoggers(ActorSystemImpl system)
    {
        var settings = system.Settings;
        var started = new List<IActorRef>();
        var number = 0;
        foreach (var name in settings.Loggers)
        {
            var type = Type.GetType(name) ?? throw new ConfigurationException($"Logger [{name}] specified in config cannot be found.");
            if (type == typeof(StandardOutLogger))
                continue;
            var logger = system.SystemActorOf(Props.Create(type), $"log{++number}-{Logging.SimpleName(type)}");
            Initialize(logger, settings.LoggerStartTimeout);
            started.Add(logger);
        }

        SetLogLevel(Logging.LogLevelFor(settings.LogLevel));
        foreach (var logger in started)
            Add(logger);
        if (settings.Loggers.Any(static n => Type.GetType(n) == typeof(StandardOutLogger)))
            SubscribeLogger(settings.StdoutLogger);
        else
            Remove(settings.StdoutLogger);
    }

    /// <summary>Entries go to standard output again, for the loggers are about to stop.</summary>
    internal void StopDefaultLoggers(Settings settings)
    {
        var level = Logging.LogLevelFor(settings.StdoutLogLevel);
        if (level > LogLevel)
            SetLogLevel(level);
        Add(settings.StdoutLogger);
        foreach (var logger in _loggers.ToArray())
        {
            if (!ReferenceEquals(logger, settings.StdoutLogger))
                Remove(logger);
        }
    }

    private void Initialize(IActorRef logger, TimeSpan timeout)
    {
        object? response;
        try
        {
            using var deadline = new CancellationTokenSource(timeout);
            var answer = logger.Ask(new InitializeLogger(this), Timeout.InfiniteTimeSpan, deadline.Token);
            response = answer.GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is OperationCanceledException or AskTimeoutException)
        {
            throw new LoggerInitializationException($"Logger [{logger}] did not respond within {timeout}", e);
        }

        if (response is not LoggerInitialized)
            throw new LoggerInitializationException($"Logger [{logger}] responded with {response} instead of LoggerInitialized");
    }

    private void Add(IActorRef logger)
    {
        lock (_lock)
        {
            if (!_loggers.Contains(logger))
                _loggers.Add(logger);
            SubscribeLogger(logger);
        }
    }

    private void Remove(IActorRef logger)
    {
        lock (_lock)
        {
            _loggers.Remove(logger);
            Unsubscribe(logger);
        }
    }

    private void SubscribeLogger(IActorRef logger)
    {
        foreach (var level in AllLevels)
        {
            if (level >= LogLevel)
                Subscribe(logger, level.ClassFor());
            else
                Unsubscribe(logger, level.ClassFor());
        }
    }
}
