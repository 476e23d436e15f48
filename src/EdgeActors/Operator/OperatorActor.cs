using Akka.Actor;
using Akka.Event;
using EdgeActors.Answers;
using EdgeActors.Cluster;
using EdgeActors.Cluster.Membership;
using EdgeActors.Node;
using EdgeActors.Operator.Reports;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Operator;

/// <param name="Cluster">Returns null: no cluster.</param>
/// <param name="Reloader">Returns null: the configuration cannot be reloaded.</param>
/// <param name="Restart">Returns null: the process cannot be replaced.</param>
public sealed record OperatorServices(
    NodeState Node, ClusterGateway Gateway, Func<ClusterSupervisor?> Cluster, Func<IReloader?> Reloader, Func<Func<Task<Answer>>?> Restart);

/// <summary>Executes one <see cref="OperatorRequest"/> at a time, on the thread pool; answers with an <see cref="Answer"/> or an
/// <see cref="AnswerStream"/>.</summary>
public sealed class OperatorActor(OperatorServices services) : UntypedActor, IWithTimers
{
    /// <summary>For actors on the data path, which answer at once unless the machine stalls.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly CpuLoad _cpu = new(services.Node.Time);
    private readonly FailureCounts _failures = new();
    private readonly SharedEvent _event = new(services.Node.Time);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(OperatorServices services) => Akka.Actor.Props.Create(() => new OperatorActor(services));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(CpuLoad), _cpu, CpuLoad.Interval, CpuLoad.Interval);
        // Supervisors report failures of all actors there.
        Context.System.EventStream.Subscribe(Self, typeof(Error));
        Context.System.EventStream.Subscribe(Self, typeof(Warning));
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OperatorRequest request:
                Answer(request);
                break;
            case LogEvent failure:
                _failures.Count(failure);
                break;
            case CpuLoad:
                _cpu.Sample();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answer(OperatorRequest request)
    {
        try
        {
            var sender = Sender;
            var answer = Do(request);
            if (answer is Task<Answer> later)
                later.PipeTo(sender, failure: Failed);
            else
                sender.Tell(answer, ActorRefs.NoSender);
        }
        catch (Exception e)
        {
            // A fault of this program. The sender waits for an answer.
            Sender.Tell(Failed(e), ActorRefs.NoSender);
        }
    }

    /// <returns>An <see cref="Answers.Answer"/>, a task for one, or an <see cref="AnswerStream"/>.</returns>
    private object Do(OperatorRequest request)
    {
        var node = services.Node;
        return request switch
        {
            ShowStatus => StatusReport.Of(node, _cpu.Percent),
            ListConnections list => ConnectionReport.List(node, list),
            ShowConnection one => ConnectionReport.One(node, one.Id),
            KillConnections kill => ConnectionKill.Do(node, kill),
            WatchConnections watch => new ConnectionWatch(node, watch.Filter, _event).Stream(),
            ListBackends list => PoolReport.Of(node, list.Backend),
            ChangeServer change => PoolReport.Change(node, change, Timeout),
            ListRoutes => RouteReport.Of(node.Routes.Current),
            ExplainRoute explain => RouteReport.Explain(node, explain),
            ShowRate show => RateReport.One(node, show.Address, Timeout),
            ListRates list => RateReport.Top(node, list.Top, Timeout),
            ClearRate clear => RateReport.Clear(node, clear.Address, Timeout),
            ListActors => ActorReport.Of(Context.System, node, _failures),
            ReloadConfiguration => GenerationReport.Reload(services.Reloader()),
            RestartProcess =>
                services.Restart() is { } restart
                    ? restart()
                    : new ErrorAnswer(ErrorKind.Failed, "this process was started without a file"),
            ListGenerations => GenerationReport.Of(node),
            ClusterRequest cluster => ClusterReport.Of(services.Gateway, services.Cluster(), cluster),
            ShowFloatingIp told => FloatingIpReport.Of(node.FloatingIp, told.State),
            LogLevel level => Level(node.Log, level.Level),
            _ => new ErrorAnswer(ErrorKind.Failed, $"{request.GetType().Name} is not known here"),
        };
    }

    private static FactsAnswer Level(EdgeLog log, LogThreshold? level)
    {
        log.Level = level ?? log.Level;
        return new FactsAnswer([new Fact("log-level", CellType.Text, log.Level.ToString().ToLowerInvariant())]);
    }

    private static ErrorAnswer Failed(Exception e) =>
        new(ErrorKind.Failed, e is AskTimeoutException ? "an actor did not answer in time" : e.Message);
}

/// <summary>Failures per actor, from the event stream: Akka.NET counts restarts only if they are bounded. Not thread-safe.</summary>
internal sealed class FailureCounts
{
    /// <summary>Actors counted separately; further ones are not counted.</summary>
    private const int MaxActors = 1000;

    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);

    public void Count(LogEvent report)
    {
        if (!typeof(SupervisorStrategy).IsAssignableFrom(report.LogClass))
            return;
        var path = ActorPath.TryParse(report.LogSource, out var parsed) && parsed is not null ? KeyOf(parsed) : report.LogSource;
        if (_failures.TryGetValue(path, out var count) || _failures.Count < MaxActors)
            _failures[path] = count + 1;
    }

    public int Of(ActorPath path) => _failures.GetValueOrDefault(KeyOf(path));

    /// <summary>Failures of children that have no name of their own, and so no row.</summary>
    public int OfNameless(ActorPath parent) => _failures.GetValueOrDefault(KeyOf(parent) + "/$");

    /// <summary>All children without a name of their own ($a, $b ...) count as one.</summary>
    private static string KeyOf(ActorPath path) => path.Name.StartsWith('$')
        ? path.Parent.ToStringWithoutAddress() + "/$"
        : path.ToStringWithoutAddress();
}

/// <summary>Recent CPU usage of this process; also the timer's message. Not thread-safe.</summary>
internal sealed class CpuLoad(TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private (long At, TimeSpan Used) _before = (time.GetTimestamp(), TimeSpan.Zero);
    private (long At, TimeSpan Used) _last = (time.GetTimestamp(), Used);

    /// <summary>Of one CPU, over the last interval or two: two busy ones are 200.</summary>
    public double Percent
    {
        get
        {
            var elapsed = time.GetElapsedTime(_before.At);
            return elapsed <= TimeSpan.Zero ? 0 : 100 * ((Used - _before.Used) / elapsed);
        }
    }

    private static TimeSpan Used => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows()
        ? Environment.CpuUsage.TotalTime
        : TimeSpan.Zero;

    public void Sample()
    {
        _before = _last;
        _last = (time.GetTimestamp(), Used);
    }
}
