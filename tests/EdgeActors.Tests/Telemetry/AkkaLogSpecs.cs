using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Tests.Telemetry;

/// <summary>An actor system whose log is Edge's.</summary>
public sealed class AkkaLogSpecs : IAsyncLifetime
{
    private readonly MemoryStream _output = new();
    private readonly EdgeLog _log;
    private readonly List<LogEntry> _seen = [];
    private readonly IDisposable _watching;
    private readonly ActorSystem _system;

    public AkkaLogSpecs()
    {
        _log = new EdgeLog(new LogSettings(true, 1000, LogThreshold.Info), _output, TimeProvider.System);
        _watching = _log.Subscribe(entry =>
        {
            lock (_seen)
                _seen.Add(entry);
        });
        var config = ConfigurationFactory.ParseString(AkkaLog.Hocon(LogThreshold.Info));
        _system = ActorSystem.Create(
            "logging",
            ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new AkkaLogSetup(_log, "not again", "nor this")));
    }

    private string Written => Encoding.UTF8.GetString(_output.ToArray());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _watching.Dispose();
        await _log.DisposeAsync();
    }

    private async Task<LogEntry> Seen(string part)
    {
        LogEntry found = default;
        await Eventually.True(
            () =>
            {
                lock (_seen)
                    found = _seen.Find(entry => entry.Text?.Contains(part, StringComparison.Ordinal) == true);
                return found.Text is not null;
            },
            part);
        return found;
    }

    [Fact]
    public async Task What_is_not_worth_a_line_is_left_out_at_any_level()
    {
        _system.Log.Warning("it is away: not again");
        _system.Log.Error(new NotSupportedException("nor this"), "broken");
        _system.Log.Error("something else");
        await Seen("something else");
        lock (_seen)
            Assert.Single(_seen);
    }

    [Fact]
    public async Task An_actor_s_failure_is_told_with_its_path_and_its_cause()
    {
        var actor = _system.ActorOf(Props.Create(() => new Failing()), "failing");
        actor.Tell("fail");
        var entry = await Seen("on purpose");
        Assert.Equal(LogThreshold.Error, entry.Level);
        Assert.Contains("/user/failing", entry.Source, StringComparison.Ordinal);
        Assert.Contains(nameof(NotSupportedException), entry.Text, StringComparison.Ordinal);
        await Eventually.True(() => Written.Contains("ERROR   [", StringComparison.Ordinal), "a line");
    }

    [Fact]
    public async Task Messages_come_with_their_level_and_the_log_s_level_is_the_system_s()
    {
        _system.Log.Debug("a debug {0}", 1);
        _system.Log.Info("an info {0}", 2);
        Assert.Equal(LogThreshold.Info, (await Seen("an info 2")).Level);
        await Eventually.True(() => Written.Contains("an info 2", StringComparison.Ordinal), "an info");
        Assert.DoesNotContain("a debug 1", Written, StringComparison.Ordinal);

        _log.Level = LogThreshold.Debug;
        await Eventually.True(() => _system.EventStream.LogLevel == LogLevel.DebugLevel, "debug");
        _system.Log.Debug("a debug {0}", 3);
        Assert.Equal(LogThreshold.Debug, (await Seen("a debug 3")).Level);

        _log.Level = LogThreshold.Error;
        await Eventually.True(() => _system.EventStream.LogLevel == LogLevel.ErrorLevel, "error");
        _system.Log.Warning("a warning");
        _system.Log.Error("an error");
        await Eventually.True(() => Written.Contains("an error", StringComparison.Ordinal), "an error");
        // Akka's bus tells of its new level a little before it keeps to it; the log keeps to it at once.
        Assert.DoesNotContain("a warning", Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_that_nobody_took_are_told_at_debug_alone()
    {
        var gone = _system.ActorOf(Props.Create(() => new Failing()), "gone");
        await gone.GracefulStop(TimeSpan.FromSeconds(10));
        var deaf = _system.ActorOf(Props.Create(() => new Failing()), "deaf");
        gone.Tell(new Unheard());
        deaf.Tell(new Unheard());
        Assert.Equal(1, await deaf.Ask<int>(1, TimeSpan.FromSeconds(10)));
        _log.Level = LogThreshold.Debug;
        await Eventually.True(() => _system.EventStream.LogLevel == LogLevel.DebugLevel, "debug");
        // By now the logger listens: it sets the level first, and a message of its own comes behind that.
        _system.Log.Debug("listens");
        await Seen("listens");
        lock (_seen)
            Assert.DoesNotContain(_seen, entry => entry.Text!.Contains(nameof(Unheard), StringComparison.Ordinal));

        gone.Tell(new Unheard());
        deaf.Tell(new Unheard());
        Assert.Contains("/user/gone", (await Seen($"nobody got {nameof(Unheard)}")).Source, StringComparison.Ordinal);
        var unhandled = await Seen($"it did not handle {nameof(Unheard)}");
        Assert.Equal(LogThreshold.Debug, unhandled.Level);
        Assert.Contains("/user/deaf", unhandled.Source, StringComparison.Ordinal);
        gone.Tell(new Expected());
        _system.Log.Debug("after");
        await Seen("after");
        lock (_seen)
            Assert.DoesNotContain(_seen, entry => entry.Text!.Contains(nameof(Expected), StringComparison.Ordinal));
    }

    private sealed record Unheard;

    private sealed record Expected : IDeadLetterSuppression;

    private sealed class Failing : ReceiveActor
    {
        public Failing()
        {
            Receive<string>(static _ => throw new NotSupportedException("on purpose"));
            Receive<int>(number => Sender.Tell(number));
        }
    }
}
