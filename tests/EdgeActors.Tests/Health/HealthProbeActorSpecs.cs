using System.Net;
using System.Text;
using Akka.Actor;
using Akka.TestKit;
using EdgeActors.Connection;
using EdgeActors.Health;
using EdgeActors.Routing;
using EdgeActors.Settings;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

/// <summary>The probe with checks that end as the test says.</summary>
public sealed class HealthProbeActorSpecs : EdgeTestKit
{
    private const string Name = "server web/s0 (198.51.100.1:9000)";

    private static readonly TimeSpan Soon = Eventually.Deadline;
    private static readonly CheckOutcome Good = new(CheckStatus.L4Ok);
    private static readonly CheckOutcome Refused = CheckOutcome.NotConnected(CloseReason.ConnectRefused);

    /// <summary>So far apart that no second one comes by itself.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromHours(10);

    private readonly Checks _checks = new();
    private readonly LiveConnections _live = new();
    private readonly MemoryStream _output = new();
    private readonly EdgeLog _log;
    private BackendSettings _backend = null!;
    private ServerModel _server = null!;

    public HealthProbeActorSpecs() => _log = new EdgeLog(new LogSettings(false, 1024, LogThreshold.Info), _output, TimeProvider.System);

    private sealed class Checks : IServerCheck
    {
        private int _count;

        public volatile CheckOutcome Outcome = Good;

        public Func<Task<CheckOutcome>>? Instead { get; set; }

        public int Count => Volatile.Read(ref _count);

        public Task<CheckOutcome> Run(BackendSettings backend, ServerModel server)
        {
            Interlocked.Increment(ref _count);
            return Instead?.Invoke() ?? Task.FromResult(Outcome);
        }
    }

    private IActorRef Start(Func<HealthSettings, HealthSettings>? with = null, TimeSpan? interval = null)
    {
        var settings = TestSettings.Health(interval ?? TimeSpan.FromMilliseconds(10));
        _backend = TestSettings.Backend() with { Health = with?.Invoke(settings) ?? settings };
        _server = _backend.ToPool().Servers[0];
        return Again();
    }

    private IActorRef Again() =>
        Sys.ActorOf(
            HealthProbeActor.Props(
                _backend, _server, new HealthServices(_checks, TestActor, _log, _live.CloseSessions, TimeProvider.System)));

    private void ExpectUp(bool up) => Assert.Equal(new SetServerHealth("web", _server.State, up), ExpectMsg<SetServerHealth>(Soon));

    private void AwaitChecks(int count) => AwaitCondition(() => State.ChecksPassed + State.ChecksFailed >= count, Soon);

    private static ConnectionsFailed NotTaken => new(10, CloseReason.ConnectRefused);

    private ServerHealth State => _server.State.Health!;

    /// <summary>All lines without their time, once the probe has stopped.</summary>
    private async Task<string[]> Lines(IActorRef probe)
    {
        Sys.Stop(Watch(probe));
        ExpectTerminated(probe, Soon);
        await _log.DisposeAsync();
        return [.. Encoding.UTF8.GetString(_output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ') + 1)..])];
    }

    [Fact]
    public void Changes_are_told_and_nothing_else()
    {
        Start();
        AwaitChecks(5);
        ExpectNoMsg(TimeSpan.Zero);
        _checks.Outcome = Refused;
        ExpectUp(false);
        Assert.True(State.ChecksFailed >= 3);
        _checks.Outcome = Good;
        ExpectUp(true);
    }

    [Fact]
    public async Task Each_change_has_one_line_that_says_why()
    {
        var probe = Start();
        AwaitChecks(1);
        _checks.Outcome = Refused;
        ExpectUp(false);
        AwaitCondition(() => State.ChecksFailed > 5, Soon);
        _checks.Outcome = new CheckOutcome(CheckStatus.L7Ok, "200");
        ExpectUp(true);
        Assert.Equal(
            [$"WARNING {Name} is DOWN: L4CON refused (3 of 3 failed)", $"INFO    {Name} is UP: 2 of 2 checks succeeded (L7OK 200)"],
            await Lines(probe));
    }

    [Fact]
    public async Task A_server_that_was_never_up_says_so()
    {
        _checks.Outcome = Refused;
        var probe = Start();
        ExpectUp(false);
        Assert.Equal([$"WARNING {Name} is DOWN: L4CON refused (not seen up before)"], await Lines(probe));
    }

    [Fact]
    public void What_is_known_is_read_without_asking()
    {
        var begun = DateTimeOffset.UtcNow;
        _checks.Outcome = new CheckOutcome(CheckStatus.L7Status, "503", TimeSpan.FromMilliseconds(7), 503);
        // The first check comes within half a second of the start, which may be at once.
        var pending = new TaskCompletionSource<CheckOutcome>();
        _checks.Instead = () => pending.Task;
        Start(interval: Never);
        Assert.Equal((true, null, CheckStatus.Initial), (State.Up, State.Since, State.Last.Status));
        pending.SetResult(_checks.Outcome);
        ExpectUp(false);
        var status = State;
        Assert.Equal(
            (false, _checks.Outcome, 1, 1L, 1L, 0L, 1L),
            (
                status.Up,
                status.Last,
                status.InARow,
                status.ChecksFailed,
                status.ChecksFailedWhileUp,
                status.ChecksPassed,
                status.TimesDown));
        Assert.InRange(status.Since!.Value, begun, DateTimeOffset.UtcNow);
        Assert.InRange(status.CheckedAt!.Value, begun, DateTimeOffset.UtcNow);
    }

    [Fact]
    public void A_check_that_throws_counts_as_failed()
    {
        _checks.Instead = () => Task.FromException<CheckOutcome>(new InvalidOperationException());
        Start();
        ExpectUp(false);
        Assert.Equal("SOCKERR InvalidOperationException", State.Last.ToString());
    }

    [Fact]
    public void There_is_one_check_at_a_time()
    {
        var pending = new TaskCompletionSource<CheckOutcome>();
        _checks.Instead = () => pending.Task;
        var probe = Start(settings => settings with { OnError = OnError.FastInterval });
        AwaitCondition(() => _checks.Count == 1, Soon);
        probe.Tell(NotTaken);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _checks.Count);
        pending.SetResult(Good);
        AwaitCondition(() => _checks.Count > 1, Soon);
    }

    [Fact]
    public void A_restarted_probe_goes_on_from_what_was_learnt()
    {
        _checks.Outcome = Refused;
        var probe = Start();
        ExpectUp(false);
        Sys.Stop(Watch(probe));
        ExpectTerminated(probe, Soon);
        _checks.Outcome = Good;
        Again();
        ExpectUp(true);
        Assert.Equal(1, State.TimesDown);
    }

    [Fact]
    public void The_intervals_of_transition_and_of_a_server_that_is_down_are_their_own()
    {
        _checks.Outcome = Refused;
        Start(
            settings => settings with { FastInterval = TimeSpan.FromMilliseconds(10), DownInterval = TimeSpan.FromMilliseconds(10) },
            Never);
        ExpectUp(false);
        AwaitChecks(3); // down
        _checks.Outcome = Good;
        ExpectUp(true); // by way of transition
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, State.ChecksPassed); // and then the long one
    }

    [Fact]
    public async Task Connections_that_are_not_taken_count_as_failed_checks()
    {
        var probe = Start(interval: Never);
        AwaitChecks(1);
        probe.Tell(NotTaken);
        probe.Tell(NotTaken);
        AwaitChecks(3);
        ExpectNoMsg(TimeSpan.Zero);
        probe.Tell(NotTaken);
        ExpectUp(false);
        Assert.Equal(CheckStatus.L4Ok, State.Last.Status);
        Assert.Equal([$"WARNING {Name} is DOWN: HANA 10 connection(s) in a row not taken, the last one refused"], await Lines(probe));
    }

    [Fact]
    public void They_may_mark_it_down_at_once()
    {
        var probe = Start(settings => settings with { OnError = OnError.MarkDown }, Never);
        AwaitChecks(1);
        probe.Tell(NotTaken);
        ExpectUp(false);
        Assert.Equal(0, State.ChecksFailed);
    }

    [Theory]
    [InlineData(OnError.SuddenDeath, 1)]
    [InlineData(OnError.FastInterval, 3)]
    public void They_bring_the_next_check_and_it_decides(OnError onError, int failedUntilDown)
    {
        var probe = Start(settings => settings with { OnError = onError, FastInterval = TimeSpan.FromMilliseconds(10) }, Never);
        AwaitChecks(1);
        _checks.Outcome = Refused;
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Assert.Equal(1, _checks.Count);
        probe.Tell(NotTaken);
        ExpectUp(false);
        Assert.Equal(failedUntilDown, State.ChecksFailedWhileUp);
    }

    [Theory]
    [InlineData(OnMarkedDown.ShutdownSessions)]
    [InlineData(OnMarkedDown.Keep)]
    public void A_server_that_falls_takes_its_joined_connections_along_where_that_is_wanted(OnMarkedDown onMarkedDown)
    {
        Start(settings => settings with { OnMarkedDown = onMarkedDown });
        var other = TestSettings.Backend().ToPool().Servers[0].State;
        var (own, dialling, others) = (Live(_server.State, true), Live(_server.State, false), Live(other, true));
        AwaitChecks(1);
        own.ExpectNoMsg(TimeSpan.Zero);
        _checks.Outcome = Refused;
        ExpectUp(false);
        if (onMarkedDown == OnMarkedDown.ShutdownSessions)
            Assert.Equal(CloseReason.ServerDown, own.ExpectMsg<CloseConnection>(Soon).Reason);
        foreach (var left in new[] { own, dialling, others })
            left.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public async Task A_certificate_that_expires_soon_is_warned_of_once()
    {
        var expires = DateTimeOffset.UtcNow.AddDays(3).AddHours(1);
        _checks.Outcome = new CheckOutcome(CheckStatus.L6Ok, CertificateExpires: expires);
        var probe = Start();
        AwaitChecks(5);
        Assert.Equal(expires, State.CertificateExpires);
        var line = Assert.Single(await Lines(probe));
        Assert.StartsWith($"WARNING {Name}: its certificate expires in 3 day(s), at ", line);
    }

    private TestProbe Live(ServerState server, bool joined)
    {
        var probe = CreateTestProbe();
        var record = new LiveConnection(new FakeLink(new IPEndPoint(IPAddress.Loopback, 40000)), new FrontendTraffic("https"), probe);
        Assert.True(record.TryTake(server, null));
        if (joined)
            record.Link.Counters.Join(now: 1, hello: 0);
        _live.Add(record);
        return probe;
    }
}
