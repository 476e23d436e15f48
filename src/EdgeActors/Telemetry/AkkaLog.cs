using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using EdgeActors.Settings;

namespace EdgeActors.Telemetry;

/// <summary>The target of <see cref="AkkaLog"/> for an actor system.</summary>
/// <param name="leftOut">Substrings of messages and their exceptions to suppress, at any level.</param>
public sealed class AkkaLogSetup(EdgeLog log, params IReadOnlyList<string> leftOut) : Setup
{
    public EdgeLog Log { get; } = log;

    public IReadOnlyList<string> LeftOut { get; } = leftOut;

    /// <summary>Substrings of messages that remote peers can trigger: limited to one line per second each, errors included.</summary>
    public IReadOnlyList<string> Rare { get; init; } = [];
}

/// <summary>The logger for <c>akka.loggers</c>: writes Akka's messages with their source path to Edge's log and follows its level. At debug
/// it also logs dead letters and unhandled messages.</summary>
public sealed class AkkaLog : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private static readonly TimeSpan RarePause = TimeSpan.FromSeconds(1);

    private static readonly Type[] Lost = [typeof(DeadLetter), typeof(UnhandledMessage)];

    private readonly EventStream _events = Context.System.EventStream;
    private readonly Action<LogThreshold> _levelChanged;
    private readonly EdgeLog _log;
    private readonly IReadOnlyList<string> _leftOut, _rare;
    private readonly long[] _saidAt;

    /// <exception cref="InvalidOperationException">The system has no <see cref="AkkaLogSetup"/>.</exception>
    public AkkaLog()
    {
        var setup = Context.System.Settings.Setup.Get<AkkaLogSetup>();
        _leftOut = setup.HasValue ? setup.Value.LeftOut : [];
        _rare = setup.HasValue ? setup.Value.Rare : [];
        _saidAt = new long[_rare.Count];
        _log = setup.HasValue
            ? setup.Value.Log
            : throw new InvalidOperationException($"{nameof(AkkaLog)} needs an {nameof(AkkaLogSetup)}.");
        var self = Self;
        _levelChanged = level => self.Tell(new LevelSet(level), ActorRefs.NoSender);
    }

    /// <summary>The configuration that installs this logger and disables Akka's output to stdout, which is the log.</summary>
    public static string Hocon(LogThreshold level) => $$"""
        akka {
          loggers = ["{{typeof(AkkaLog).FullName}}, {{typeof(AkkaLog).Assembly.GetName().Name}}"]
          loglevel = {{level.ToString().ToUpperInvariant()}}
          stdout-loglevel = OFF
          stdout-logger-class = "{{typeof(NoStandardOutput).FullName}}, {{typeof(NoStandardOutput).Assembly.GetName().Name}}"
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
        }
        """;

    protected override void PreStart()
    {
        _log.LevelChanged += _levelChanged;
        Listen(_log.Level);
    }

    protected override void PostStop() => _log.LevelChanged -= _levelChanged;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                return true;
            case LogEvent said:
                Say(said, said.Cause is null ? $"{said.Message}" : $"{said.Message}: {said.Cause}");
                return true;
            case DeadLetter lost:
                Tell("nobody got", lost.Message, lost.Sender, lost.Recipient);
                return true;
            case UnhandledMessage lost:
                Tell("it did not handle", lost.Message, lost.Sender, lost.Recipient);
                return true;
            case LevelSet set:
                // Both enums have the same levels in the same order.
                _events.SetLogLevel((LogLevel)set.Level);
                Listen(set.Level);
                return true;
            default:
                return false;
        }
    }

    private void Say(LogEvent said, string text)
    {
        if (!_leftOut.Any(part => text.Contains(part, StringComparison.Ordinal)) && !IsTooSoon(text))
            _log.Say((LogThreshold)said.LogLevel(), text, said.LogSource);
    }

    private bool IsTooSoon(string text)
    {
        for (var i = 0; i < _rare.Count; i++)
        {
            if (!text.Contains(_rare[i], StringComparison.Ordinal))
                continue;
            if (_saidAt[i] != 0 && Stopwatch.GetElapsedTime(_saidAt[i]) < RarePause)
                return true;
            _saidAt[i] = Stopwatch.GetTimestamp();
            return false;
        }
        return false;
    }

    private void Tell(string what, object message, IActorRef? sender, IActorRef recipient) =>
        _log.Say(
            LogThreshold.Debug, $"{what} {message.GetType().Name} from {sender?.Path.ToString() ?? "nobody"}", recipient.Path.ToString());

    private void Listen(LogThreshold level)
    {
        foreach (var kind in Lost)
        {
            if (level == LogThreshold.Debug)
                _events.Subscribe(Self, kind);
            else
                _events.Unsubscribe(Self, kind);
        }
    }

    private sealed record LevelSet(LogThreshold Level) : IDeadLetterSuppression;
}

/// <summary>Replaces Akka's stdout logger, which writes a final debug message at any level.</summary>
public sealed class NoStandardOutput : MinimalLogger
{
    protected override void Log(object message)
    {
    }
}
