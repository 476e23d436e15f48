using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using AkkaLogLevel = Akka.Event.LogLevel;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Akka.Contract.Tests.Hosting;

public sealed class LoggingSpecs
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Log_events_reach_the_logger_factory_of_the_host_with_level_and_cause()
    {
        var cause = new InvalidOperationException("the cause");
        using var provider = new CapturingProvider();
        using var host = await AkkaHost.StartAsync(
            akka => akka.ConfigureLoggers(loggers =>
            {
                loggers.LogLevel = AkkaLogLevel.DebugLevel;
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            }),
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(provider)));
        var log = Logging.GetLogger(host.Services.GetRequiredService<ActorSystem>(), "contract-source");

        await provider.AwaitLine("probe", ask: () => log.Error("probe"));
        log.Debug("finest {0}", 1);
        log.Info("plain {0}", 2);
        log.Warning("doubtful {0}", 3);
        log.Error(cause, "broken {0}", 4);

        var broken = await provider.AwaitLine("broken 4");
        Assert.Equal((LogLevel.Error, cause), (broken.Level, broken.Cause));
        Assert.Equal(LogLevel.Debug, (await provider.AwaitLine("finest 1")).Level);
        Assert.Equal(LogLevel.Information, (await provider.AwaitLine("plain 2")).Level);
        Assert.Equal(LogLevel.Warning, (await provider.AwaitLine("doubtful 3")).Level);
        Assert.Equal("Akka.Actor.ActorSystem", broken.Category);
        await host.StopAsync();
    }

    [Fact]
    public async Task Events_below_the_configured_level_are_not_logged()
    {
        using var provider = new CapturingProvider();
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(provider));
        using var host = await AkkaHost.StartAsync(akka => akka.ConfigureLoggers(loggers =>
        {
            loggers.LogLevel = AkkaLogLevel.WarningLevel;
            loggers.ClearLoggers();
            loggers.AddLoggerFactory(factory);
        }));
        var system = host.Services.GetRequiredService<ActorSystem>();
        var log = Logging.GetLogger(system, "contract-source");

        await provider.AwaitLine("probe", ask: () => log.Error("probe"));
        log.Info("too low");
        log.Warning("high enough");

        await provider.AwaitLine("high enough");
        Assert.DoesNotContain(provider.Lines, line => line.Text.Contains("too low", StringComparison.Ordinal));
        await host.StopAsync();
    }

    private sealed record Line(string Category, LogLevel Level, Exception? Cause, string Text);

    private sealed class CapturingProvider : ILoggerProvider
    {
        private readonly SemaphoreSlim _written = new(0);

        public ConcurrentQueue<Line> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

        public void Dispose()
        {
        }

        /// <summary>
        /// The first line that contains the text; waits for it up to the deadline. The packages connect a logger shortly after the system
        /// has started, so the first line is asked for until it comes.
        /// </summary>
        public async Task<Line> AwaitLine(string text, Action? ask = null)
        {
            var end = DateTime.UtcNow + Deadline;
            while (DateTime.UtcNow < end)
            {
                ask?.Invoke();
                if (Lines.FirstOrDefault(line => line.Text.Contains(text, StringComparison.Ordinal)) is { } found)
                    return found;
                await _written.WaitAsync(TimeSpan.FromMilliseconds(50));
            }

            throw new TimeoutException($"no line with '{text}' among {string.Join('\n', Lines)}");
        }

        private sealed class Writer(CapturingProvider provider, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                provider.Lines.Enqueue(new Line(category, logLevel, exception, formatter(state, exception)));
                provider._written.Release();
            }
        }
    }
}
