using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Hosting;

/// <summary>Which loggers the system has, and from which level on.</summary>
public sealed class LoggerConfigBuilder
{
    private readonly List<Type> _loggers = [typeof(DefaultLogger)];

    internal LoggerConfigBuilder(AkkaConfigurationBuilder builder) => Builder = builder;

    public LogLevel LogLevel { get; set; } = LogLevel.InfoLevel;

    /// <summary>Whether the whole configuration is logged at the start.</summary>
    public bool LogConfigOnStart { get; set; }

    internal AkkaConfigurationBuilder Builder { get; }

    /// <summary>Without this, the default logger writes to standard output beside those that are added.</summary>
    public LoggerConfigBuilder ClearLoggers()
    {
        _loggers.Clear();
        return this;
    }

    public LoggerConfigBuilder AddLogger<T>()
        where T : IRequiresMessageQueue<ILoggerMessageQueueSemantics>
    {
        _loggers.Add(typeof(T));
        return this;
    }

    internal AkkaConfigurationBuilder Build()
    {
        var loggers = new StringBuilder();
        foreach (var logger in _loggers)
            loggers.Append(loggers.Length == 0 ? "" : ", ").Append(logger.AssemblyQualifiedName.ToHocon());

        return Builder.AddHocon(
            $$"""
            akka {
              loglevel = {{Text(LogLevel)}}
              loggers = [{{loggers}}]
              log-config-on-start = {{LogConfigOnStart.ToHocon()}}
            }
            """,
            HoconAddMode.Prepend);
    }

    private static string Text(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => "Debug",
        LogLevel.InfoLevel => "Info",
        LogLevel.WarningLevel => "Warning",
        LogLevel.ErrorLevel => "Error",
        _ => throw new ConfigurationException($"Unknown {nameof(LogLevel)} enum value: {level}"),
    };
}
