using Akka.Actor;
using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Health;

/// <summary>What a probe needs of its node.</summary>
/// <param name="CloseSessions">Closes the joined connections of a server that has gone down, and returns their number.</param>
public sealed record HealthServices(
    IServerCheck Check, IActorRef Router, EdgeLog Log, Func<ServerState, int> CloseSessions, TimeProvider Time)
{
    /// <summary>What other nodes see; null: there are none.</summary>
    public PeerAdvice? Peers { get; init; }
}

/// <summary>
/// Checks one server periodically, one check at a time, and is told of clients' connections that failed. The router is told of changes
/// only; all others read <see cref="ServerState.Health"/>.
/// </summary>
public sealed class HealthProbeActor(BackendSettings backend, ServerModel server, HealthServices services) : UntypedActor, IWithTimers
{
    private readonly HealthSettings _settings = backend.Health;
    private readonly ServerState _server = server.State;
    private readonly CheckSchedule _schedule = new(backend.Health);
    private ServerHealth _health = server.State.Health ?? ServerHealth.Initial(backend.Health, server.Up);
    private bool _checking, _checkSoon;
    private long _startedAt;
    private TimeSpan _wait;

    public ITimerScheduler Timers { get; set; } = null!;

    private string Name => $"server {backend.Name}/{server.Name} ({_server.EndPoint})";

    public static Props Props(BackendSettings backend, ServerModel server, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthProbeActor(backend, server, services));

    /// <summary>Whether two configurations of a backend check a server that is in both in the same way.</summary>
    internal static bool ChecksAlike(BackendSettings one, BackendSettings other) =>
        one.Health == other.Health && Equals(one.Source, other.Source);

    protected override void PreStart()
    {
        if (_settings.Observe == Observe.Connect)
            _server.Observe(Self, _settings.ErrorLimit);
        _startedAt = services.Time.GetTimestamp();
        CheckAfter(_schedule.First(server.Index, backend.Servers.Count, Random.Shared.NextDouble()));
    }

    protected override void PostStop() => _server.StopObserving(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Check when !_checking:
                _checking = true;
                _startedAt = services.Time.GetTimestamp();
                services.Check.Run(backend, server).PipeTo(
                    Self,
                    success: static outcome => new Checked(outcome),
                    failure: static e => new Checked(new CheckOutcome(CheckStatus.SocketError, e.GetBaseException().GetType().Name)));
                break;
            case Check:
                break;
            case Checked done:
                _checking = false;
                OnChecked(done.Outcome);
                CheckAfter(_schedule.Next(_health.Phase, _checkSoon, services.Time.GetElapsedTime(_startedAt), Random.Shared.NextDouble()));
                _checkSoon = false;
                break;
            case ConnectionsFailed failed:
                OnConnectionsFailed(failed);
                CheckSoon();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnChecked(CheckOutcome outcome)
    {
        var advised = services.Peers?.Apply(_health, backend, server, outcome.Succeeded);
        var next = (advised ?? _health).Checked(outcome, _settings, services.Time.GetUtcNow());
        var (rise, fall) = (_settings.Rise, _settings.Fall);
        Publish(next, outcome.Succeeded switch
        {
            _ when advised is not null => $"{outcome} (and so other nodes see it)",
            true => $"{rise} of {rise} checks succeeded ({outcome})",
            false when next.InARow >= fall => $"{outcome} ({fall} of {fall} failed)",
            false when next.ChecksPassed == 0 => $"{outcome} (not seen up before)",
            false => $"{outcome} (behind connections that it did not take)",
        });
        WarnOfExpiry(outcome.CertificateExpires);
    }

    private void OnConnectionsFailed(ConnectionsFailed failed)
    {
        var now = services.Time.GetUtcNow();
        var outcome = new CheckOutcome(
            CheckStatus.Observed, $"{failed.Count} connection(s) in a row not taken, the last one {CheckOutcome.Words(failed.Last)}");
        var next = _settings.OnError switch
        {
            OnError.FailCheck => _health.Counted(passed: false, _settings, now),
            OnError.SuddenDeath => _health.FailOnNext(_settings),
            OnError.MarkDown => _health.MarkedDown(_settings, now),
            _ => _health,
        };
        Publish(next, outcome.ToString());
    }

    private void Publish(ServerHealth next, string why)
    {
        var before = _health;
        _health = next with { MustTell = false };
        // Another configuration has replaced the health, and another probe replaces this one.
        if (!_server.TryUpdate(before, _health))
            return;
        if (next.Up != before.Up || before.MustTell)
            services.Router.Tell(new SetServerHealth(backend.Name, _server, next.Up), Self);
        if (next.Up == before.Up)
            return;
        if (next.Up)
        {
            services.Log.Info($"{Name} is UP: {why}");
            return;
        }
        services.Log.Warning($"{Name} is DOWN: {why}");
        // Connections that are still being dialled are left alone: when the server does not take them, they try another one.
        if (_settings.OnMarkedDown == OnMarkedDown.ShutdownSessions && services.CloseSessions(_server) is > 0 and var closed)
            services.Log.Warning($"{Name}: its {closed} connection(s) are closed");
    }

    /// <summary>Once a certificate.</summary>
    private void WarnOfExpiry(DateTimeOffset? expires)
    {
        var now = services.Time.GetUtcNow();
        if (expires is not { } end || !CertificateExpiry.IsNear(end, now) || _health.WarnedOf == end)
            return;
        Publish(_health with { WarnedOf = end }, "");
        services.Log.Warning($"{Name}: {CertificateExpiry.Words(end, now)}");
    }

    private void CheckSoon()
    {
        if (_checking)
        {
            _checkSoon = true;
            return;
        }
        var since = services.Time.GetElapsedTime(_startedAt);
        var soon = _schedule.Next(HealthPhase.Transition, soon: true, since, Random.Shared.NextDouble());
        if (soon < _wait - since)
            CheckAfter(soon);
    }

    private void CheckAfter(TimeSpan wait)
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
