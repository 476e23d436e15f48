using Akka.Actor;
using Akka.Event;
using EdgeActors.Cluster.Health;
using EdgeActors.Config;
using EdgeActors.Connection;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Health;

/// <summary>What a probe needs of its node.</summary>
public sealed record HealthServices(IServerCheck Check, IActorRef Router, EdgeLog Log, LiveConnections Live, TimeProvider Time)
{
    /// <summary>What other nodes see; null: there are none.</summary>
    public PeerAdvice? Peers { get; init; }
}

/// <summary>
/// Checks one server now and then, one check at a time, and hears of clients' connections that it did not take. The router is told of
/// changes only; everyone else reads <see cref="ProbeRecord"/>.
/// </summary>
public sealed class HealthProbeActor(ProbeTarget target, HealthServices services) : UntypedActor, IWithTimers
{
    private readonly CheckSchedule _schedule = new(target.Settings);
    private bool _checking;
    private bool _hurry;
    private long _startedAt;
    private TimeSpan _wait;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ProbeTarget target, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthProbeActor(target, services));

    protected override void PreStart()
    {
        target.Errors.Probe = Self;
        _startedAt = services.Time.GetTimestamp();
        After(_schedule.First(target.Server.Index, target.PoolSize, Random.Shared.NextDouble()));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Check when !_checking:
                _checking = true;
                _startedAt = services.Time.GetTimestamp();
                services.Check.Run(target).PipeTo(
                    Self,
                    success: static outcome => new Checked(outcome),
                    failure: static e => new Checked(new CheckOutcome(CheckStatus.SocketError, e.GetBaseException().GetType().Name)));
                break;
            case Check:
                break;
            case Checked done:
                _checking = false;
                Learn(done.Outcome);
                After(_schedule.Next(target.State.Phase, _hurry, services.Time.GetElapsedTime(_startedAt), Random.Shared.NextDouble()));
                _hurry = false;
                break;
            case ConnectionsNotTaken errors:
                Learn(errors);
                Hurry();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Learn(CheckOutcome outcome)
    {
        var state = target.State;
        var advised = services.Peers?.Take(target, outcome.Succeeded) ?? false;
        var change = outcome.Succeeded ? state.Succeeded() : state.Failed(outcome.ToString());
        var settings = target.Settings;
        var why = (change, outcome.Succeeded) switch
        {
            (HealthChange.None, _) => "",
            _ when advised => $"{outcome} (and so other nodes see it)",
            (_, true) => $"{settings.Rise} of {settings.Rise} checks succeeded ({outcome})",
            _ when state.InARow >= settings.Fall => $"{outcome} ({settings.Fall} of {settings.Fall} failed)",
            _ when state.ChecksPassed == 0 => $"{outcome} (not seen up before)",
            _ => $"{outcome} (behind connections that it did not take)",
        };
        Publish(change, target.Record.Status with
        {
            Last = outcome,
            CheckedAt = services.Time.GetUtcNow(),
            CertificateExpires = outcome.CertificateExpires ?? target.Record.Status.CertificateExpires,
        });
        Tell(change, why);
        WarnOf(outcome.CertificateExpires);
    }

    private void Learn(ConnectionsNotTaken errors)
    {
        var outcome = new CheckOutcome(
            CheckStatus.Observed, $"{errors.Count} connection(s) in a row not taken, the last one {CheckOutcome.Words(errors.Last)}");
        var change = HealthChange.None;
        switch (target.Settings.OnError)
        {
            case OnError.FailCheck:
                change = target.State.Failed(outcome.ToString());
                break;
            case OnError.SuddenDeath:
                target.State.Doom();
                break;
            case OnError.MarkDown:
                change = target.State.MarkDown();
                break;
            default:
                break;
        }
        Publish(change, target.Record.Status);
        Tell(change, outcome.ToString());
    }

    private void Publish(HealthChange change, ProbeStatus status)
    {
        var state = target.State;
        target.Record.Publish(status with
        {
            Up = state.IsUp,
            Since = change == HealthChange.None ? status.Since : services.Time.GetUtcNow(),
            TimesDown = status.TimesDown + (change == HealthChange.Down ? 1 : 0),
            InARow = state.InARow,
            ChecksPassed = state.ChecksPassed,
            ChecksFailed = state.ChecksFailed,
            ChecksFailedWhileUp = state.ChecksFailedWhileUp,
        });
    }

    private void Tell(HealthChange change, string why)
    {
        if (change != HealthChange.None || target.TellsAnyway)
            services.Router.Tell(new ServerHealth(target.Backend, target.Server, target.State.IsUp), Self);
        target.TellsAnyway = false;
        if (change == HealthChange.None)
            return;
        if (change == HealthChange.Up)
        {
            services.Log.Info($"{target.Name} is UP: {why}");
            return;
        }
        services.Log.Warning($"{target.Name} is DOWN: {why}");
        if (target.Settings.OnMarkedDown == OnMarkedDown.ShutdownSessions)
            ShutDownSessions();
    }

    /// <summary>Those that are still on their way to it are left alone: when it does not take them, they go to another server.</summary>
    private void ShutDownSessions()
    {
        var closed = 0;
        foreach (var record in services.Live.Records)
        {
            if (record.Backend != target.Backend || record.Server != target.Server.Name || record.Link.Counters.JoinedAt == 0)
                continue;
            record.Connection.Tell(new CloseConnection(CloseReason.ServerDown), ActorRefs.NoSender);
            closed++;
        }
        if (closed > 0)
            services.Log.Warning($"{target.Name}: its {closed} connection(s) are closed");
    }

    /// <summary>Once a certificate.</summary>
    private void WarnOf(DateTimeOffset? expires)
    {
        var now = services.Time.GetUtcNow();
        if (expires is not { } end || !CertificateExpiry.IsNear(end, now) || target.Record.WarnedOf == end)
            return;
        target.Record.WarnedOf = end;
        services.Log.Warning($"{target.Name}: {CertificateExpiry.Words(end, now)}");
    }

    private void Hurry()
    {
        if (_checking)
        {
            _hurry = true;
            return;
        }
        var since = services.Time.GetElapsedTime(_startedAt);
        var soon = _schedule.Next(HealthPhase.Transition, hurry: true, since, Random.Shared.NextDouble());
        if (soon < _wait - since)
            After(soon);
    }

    private void After(TimeSpan wait)
    {
        _wait = wait + services.Time.GetElapsedTime(_startedAt);
        Timers.StartSingleTimer(nameof(Check), Check.Instance, wait);
    }

    private sealed class Check : INotInfluenceReceiveTimeout
    {
        public static readonly Check Instance = new();
    }

    private sealed record Checked(CheckOutcome Outcome) : IDeadLetterSuppression;
}
