using System.Collections.Concurrent;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Ends a system in phases, one after the other, each with its tasks side by side, a timeout, and a rule whether a failure
/// stops the rest (akka.coordinated-shutdown.phases).
/// </summary>
public sealed partial class CoordinatedShutdown : IExtension
{
    private readonly ConcurrentDictionary<string, ShutdownTask[]> _tasks = new();
    private readonly TaskCompletionSource<Done> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, ShutdownPhase> _phases;
    private readonly ILoggingAdapter _log;
    private Reason? _reason;

    internal CoordinatedShutdown(ExtendedActorSystem system, Config config)
    {
        System = system;
        _log = Logging.GetLogger(system, GetType());
        _phases = ShutdownPhase.ReadAll(config);
        OrderedPhases = ShutdownPhase.Sort(_phases);
    }

    public ExtendedActorSystem System { get; }

    /// <summary>Why it runs; null before.</summary>
    public Reason ShutdownReason => Volatile.Read(ref _reason)!;

    public TimeSpan TotalTimeout => _tasks.Keys.Aggregate(TimeSpan.Zero, (sum, phase) => sum + Timeout(phase));

    internal IReadOnlyList<string> OrderedPhases { get; }

    public static CoordinatedShutdown Get(ActorSystem sys) => sys.WithExtension<CoordinatedShutdown, CoordinatedShutdownExtension>();

    /// <exception cref="ConfigurationException">The phase is not in the configuration.</exception>
    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        if (!_phases.ContainsKey(phase))
        {
            throw new ConfigurationException(
                $"Unknown phase [{phase}], known phases [{string.Join(",", _phases.Keys)}]. All phases (along with their optional dependencies) must be defined in configuration.");
        }

        var added = new ShutdownTask(taskName, task);
        _tasks.AddOrUpdate(phase, static (_, t) => [t], static (_, tasks, t) => [.. tasks, t], added);
    }

    public TimeSpan Timeout(string phase) => _phases.TryGetValue(phase, out var known)
        ? known.Timeout
        : throw new ArgumentException($"Unknown phase [{phase}]. All phases must be defined in configuration.", nameof(phase));

    /// <summary>Runs the phases, once: every later call gives the same task and changes nothing.</summary>
    public Task<Done> Run(Reason reason, string? fromPhase = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
            _ = RunPhases(fromPhase);
        return _finished.Task;
    }

    private async Task RunPhases(string? fromPhase)
    {
        try
        {
            await Task.Yield();
            foreach (var phase in OrderedPhases.SkipWhile(p => fromPhase is not null && p != fromPhase))
            {
                if (_tasks.TryGetValue(phase, out var tasks))
                    await RunPhase(phase, _phases[phase], tasks).ConfigureAwait(false);
            }

            _finished.TrySetResult(Done.Instance);
        }
        catch (Exception e)
        {
            _finished.TrySetException(e);
        }
    }

    private async Task RunPhase(string phase, ShutdownPhase rules, ShutdownTask[] tasks)
    {
        _log.Debug("Performing phase [{0}] with [{1}] tasks: [{2}]", phase, tasks.Length, string.Join(",", tasks.Select(static t => t.Name)));
        try
        {
            await Task.WhenAll(tasks.Select(t => RunTask(phase, t, rules.Recover))).WaitAsync(rules.Timeout).ConfigureAwait(false);
        }
        catch (TimeoutException) when (rules.Recover)
        {
            _log.Warning("Coordinated shutdown phase [{0}] timed out after {1}", phase, rules.Timeout);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"Coordinated shutdown phase[{phase}] timed out after {rules.Timeout}", e);
        }
    }

    private async Task RunTask(string phase, ShutdownTask task, bool recover)
    {
        try
        {
            await task.Code().ConfigureAwait(false);
        }
        catch (Exception e) when (recover)
        {
            _log.Warning(e, "Task [{0}] failed in phase [{1}]: {2}", task.Name, phase, e.Message);
        }
    }

    private sealed record ShutdownTask(string Name, Func<Task<Done>> Code);
}

public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system)
    {
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        var shutdown = new CoordinatedShutdown(system, config);
        if (system.Settings.CoordinatedShutdownTerminateActorSystem)
        {
            shutdown.AddTask(CoordinatedShutdown.PhaseActorSystemTerminate, "terminate-system", async () =>
            {
                ((ActorSystemImpl)system).FinalTerminate();
                await system.WhenTerminated.ConfigureAwait(false);
                return Done.Instance;
            });
        }

        return shutdown;
    }
}
