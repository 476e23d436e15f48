using System.Globalization;
using Akka.Actor;
using Akka.Event;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;

namespace EdgeActors.Health;

/// <summary>Supervises one probe per checked server. A probe that throws is restarted and keeps its findings.</summary>
public sealed class HealthActor(RouteState routes, HealthServices services) : UntypedActor
{
    private readonly Dictionary<ServerState, (BackendSettings Backend, IActorRef Actor)> _probes = [];
    private long _started;

    public static Props Props(RouteState routes, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthActor(routes, services));

    // A probe whose constructor throws is stopped; it would be restarted for ever.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        static e => e is ActorInitializationException ? Directive.Stop : Directive.Restart);

    protected override void PreStart() => Reconcile();

    protected override void OnReceive(object message)
    {
        if (message is RoutesChanged)
            Reconcile();
        else
            Unhandled(message);
    }

    /// <summary>A probe is kept if its server is checked as before.</summary>
    private void Reconcile()
    {
        var wanted = (
            from pool in routes.Current.Backends
            where pool.Settings.Health.Enabled
            from server in pool.Servers
            select (Pool: pool, Server: server)).ToDictionary(static one => one.Server.State);
        foreach (var (server, probe) in _probes)
        {
            if (wanted.TryGetValue(server, out var one) && HealthProbeActor.ChecksAlike(probe.Backend, one.Pool.Settings))
                continue;
            Context.Stop(probe.Actor);
            _probes.Remove(server);
        }
        foreach (var (pool, server) in wanted.Values)
        {
            if (_probes.ContainsKey(server.State))
                continue;
            var props = HealthProbeActor.Props(pool.Settings, server, services);
            _probes[server.State] = (pool.Settings, Context.ActorOf(props, NameOf(pool, server)));
        }
    }

    /// <summary>Numbered: a stopping probe keeps its name until it has stopped.</summary>
    private string NameOf(BackendPool pool, ServerModel server) =>
        $"{Uri.EscapeDataString(pool.Name)}-{Uri.EscapeDataString(server.Name)}-{++_started}";
}

/// <param name="CloseSessions">Closes the joined connections of a server that has gone down, and returns their number.</param>
public sealed record HealthServices(
    IServerCheck Check, IActorRef Router, EdgeLog Log, Func<ServerState, int> CloseSessions, TimeProvider Time)
{
    /// <summary>Findings of other nodes; null: there are no other nodes.</summary>
    public PeerAdvice? Peers { get; init; }
}

/// <summary>Checks one server periodically, one check at a time. The router is told of changes only; others read
/// <see cref="ServerState.Health"/>.</summary>
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

    private string Name => $"server {backend.Name}/{server.Name} ({Addresses.Show(_server.EndPoint)})";

    public static Props Props(BackendSettings backend, ServerModel server, HealthServices services) =>
        Akka.Actor.Props.Create(() => new HealthProbeActor(backend, server, services));

    /// <summary>Whether two configurations of a backend check a common server in the same way.</summary>
    internal static bool ChecksAlike(BackendSettings one, BackendSettings other) =>
        one.Health == other.Health && Equals(one.Source, other.Source);

    protected override void PreStart()
    {
        if (_settings.Observe == Observe.Connect)
            _server.Observe(Self, _settings.ErrorLimit);
        _startedAt = services.Time.GetTimestamp();
        CheckAfter(_schedule.First(server.Index, Math.Max(backend.Servers.Count, server.Index + 1), Random.Shared.NextDouble()));
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
        if (!outcome.Succeeded || outcome.Address is not { } address)
            return;
        services.Router.Tell(new PreferAddress(backend.Name, _server, address), Self);
        services.Log.Warning($"{Name} does not answer there, but at {address}, another address of its host name");
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
        // A reload has replaced the health; its new probe replaces this one.
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
        // Connections that are still being dialled retry on another server by themselves.
        if (_settings.OnMarkedDown == OnMarkedDown.ShutdownSessions && services.CloseSessions(_server) is > 0 and var closed)
            services.Log.Warning($"{Name}: its {closed} connection(s) are closed");
    }

    /// <summary>Warns once per certificate.</summary>
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

/// <summary>When a server is checked next. Pure: time and random numbers are parameters.</summary>
public sealed class CheckSchedule(HealthSettings settings)
{
    /// <summary>Spreads the first checks of pools with one server each.</summary>
    private static readonly TimeSpan MaxJitter = TimeSpan.FromMilliseconds(500);

    /// <summary>Delay of a server's first check. The checks of a pool are spread over the interval.</summary>
    /// <param name="index">Index of the server in its pool, from 0.</param>
    /// <param name="servers">Number of servers in the pool.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan First(int index, int servers, double random)
    {
        var share = settings.Interval / servers;
        return (share * index) + ((share < MaxJitter ? share : MaxJitter) * random);
    }

    /// <summary>Delay until the next check.</summary>
    /// <param name="soon">Clients' connections have failed: use the interval of a server in transition.</param>
    /// <param name="sinceStart">Since the start of the last check. A check that took longer than the interval is repeated at once.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan Next(HealthPhase phase, bool soon, TimeSpan sinceStart, double random)
    {
        var interval = phase switch
        {
            HealthPhase.Up when !soon => settings.Interval,
            HealthPhase.Down when !soon => settings.DownInterval,
            _ => settings.FastInterval,
        };
        var left = interval + (interval * (settings.Spread / 100.0 * ((2 * random) - 1))) - sinceStart;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>Log texts about a certificate's expiry. It is only reported: clients verify certificates.</summary>
public static class CertificateExpiry
{
    /// <summary>Most renewals are due a month ahead: with two weeks left, a renewal was missed.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(14);

    public static bool IsNear(DateTimeOffset expires, DateTimeOffset now) => expires - now < Notice;

    public static string Words(DateTimeOffset expires, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"its certificate {(expires <= now ? "has expired" : $"expires in {(int)(expires - now).TotalDays} day(s)")}, "
        + $"at {expires.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
}
