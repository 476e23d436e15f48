using System.Globalization;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The keys of the configuration that the runtime itself reads.</summary>
public class Settings
{
    public Settings(ActorSystem system, Config config)
        : this(system, config, ActorSystemSetup.Empty)
    {
    }

    public Settings(ActorSystem system, Config config, ActorSystemSetup setup)
    {
        System = system;
        Setup = setup;
        Config = config.WithFallback(ReferenceConfig.Value);
        ProviderClass = Config.GetString("akka.actor.provider");
        LogLevel = Config.GetString("akka.loglevel");
        StdoutLogLevel = Config.GetString("akka.stdout-loglevel");
        Loggers = Config.GetStringList("akka.loggers");
        LoggerStartTimeout = Config.GetTimeSpan("akka.logger-startup-timeout");
        LogConfigOnStart = Config.GetBoolean("akka.log-config-on-start");
        LogDeadLetters = DeadLetterCount(Config.GetString("akka.log-dead-letters"));
        LogDeadLettersDuringShutdown = Config.GetBoolean("akka.log-dead-letters-during-shutdown");
        LogDeadLettersSuspendDuration = Config.GetTimeSpan("akka.log-dead-letters-suspend-duration");
        SupervisorStrategyClass = Config.GetString("akka.actor.guardian-supervisor-strategy");
        AskTimeout = Config.GetTimeSpan("akka.actor.ask-timeout", Timeout.InfiniteTimeSpan);
        CreationTimeout = Config.GetTimeSpan("akka.actor.creation-timeout");
        DebugUnhandledMessage = Config.GetBoolean("akka.actor.debug.unhandled");
        DebugLifecycle = Config.GetBoolean("akka.actor.debug.lifecycle");
        SchedulerShutdownTimeout = Config.GetTimeSpan("akka.scheduler.shutdown-timeout");
        CoordinatedShutdownTerminateActorSystem = Config.GetBoolean("akka.coordinated-shutdown.terminate-actor-system");
        CoordinatedShutdownRunByActorSystemTerminate = Config.GetBoolean("akka.coordinated-shutdown.run-by-actor-system-terminate");
        if (CoordinatedShutdownRunByActorSystemTerminate && !CoordinatedShutdownTerminateActorSystem)
        {
            throw new ConfigurationException(
                "akka.coordinated-shutdown.run-by-actor-system-terminate=on and akka.coordinated-shutdown.terminate-actor-system=off is not a supported configuration combination.");
        }
    }

    public ActorSystem System { get; }

    public ActorSystemSetup Setup { get; }

    public Config Config { get; private set; }

    public string ProviderClass { get; }

    public bool HasCluster => ProviderClass.Equals("cluster", StringComparison.OrdinalIgnoreCase);

    public string LogLevel { get; }

    public string StdoutLogLevel { get; }

    public IList<string> Loggers { get; }

    public TimeSpan LoggerStartTimeout { get; }

    public bool LogConfigOnStart { get; }

    /// <summary>How many dead letters are logged before the log falls silent for a while.</summary>
    public int LogDeadLetters { get; }

    public bool LogDeadLettersDuringShutdown { get; }

    public TimeSpan LogDeadLettersSuspendDuration { get; }

    public string SupervisorStrategyClass { get; }

    public TimeSpan AskTimeout { get; }

    public TimeSpan CreationTimeout { get; }

    public bool DebugUnhandledMessage { get; }

    public bool DebugLifecycle { get; }

    public TimeSpan SchedulerShutdownTimeout { get; }

    public bool CoordinatedShutdownTerminateActorSystem { get; }

    public bool CoordinatedShutdownRunByActorSystemTerminate { get; }

    public MinimalLogger StdoutLogger { get; } = new StandardOutLogger();

    /// <summary>Defaults of a part that is loaded later. They go below everything that is set already.</summary>
    public void InjectTopLevelFallback(Config config) => Config = Config.WithFallback(config);

    private static int DeadLetterCount(string text) => text switch
    {
        "on" or "true" => int.MaxValue,
        "off" or "false" => 0,
        _ => int.Parse(text, CultureInfo.InvariantCulture),
    };
}
