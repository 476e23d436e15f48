using System.Net;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using EdgeActors.Config;
using EdgeActors.Health;
using EdgeActors.Route;
using EdgeActors.Telemetry;
using EdgeActors.Transport;

namespace EdgeActors.Tests.Health;

/// <summary>The probe with a transport that answers as the test says.</summary>
public sealed class HealthProbeActorSpecs : TestKit
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly Checks _checks = new();
    private readonly HealthState _state = new(rise: 2, fall: 3, InitialHealth.Up);

    private sealed class Checks : ITransport
    {
        private int _count;

        public volatile bool Refuse;

        public Func<Task<ConnectFailure?>>? Instead { get; set; }

        public int Count => Volatile.Read(ref _count);

        public byte[]? LastHello { get; private set; }

        public string Name => "checks";

        public int OpenLinks => 0;

        public IListenSocket Listen(ListenOptions options, IAcceptHandler handler) => throw new NotSupportedException();

        public Task<ConnectFailure?> Probe(
            IPEndPoint server, ReadOnlyMemory<byte> hello, TimeSpan timeout, IPAddress? source = null)
        {
            LastHello = hello.ToArray();
            Interlocked.Increment(ref _count);
            return Instead?.Invoke() ?? Task.FromResult(Refuse ? ConnectFailure.Refused : (ConnectFailure?)null);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private IActorRef Start(bool sendProxy = true)
    {
        var settings = TestSettings.Health(TimeSpan.FromMilliseconds(10)) with { SendProxy = sendProxy };
        var target = new ProbeTarget("web", new BackendServer(0, "s0", TestSettings.Server(0)), settings, _state);
        var log = new EdgeLog(new LogSettings(false, 16, LogThreshold.Error), Stream.Null, TimeProvider.System);
        return Sys.ActorOf(HealthProbeActor.Props(target, new HealthServices(_checks, TestActor, log)));
    }

    private void ExpectUp(bool up) => Assert.Equal(new ServerHealth("web", 0, up), ExpectMsg<ServerHealth>(Soon));

    [Fact]
    public void Changes_are_told_and_nothing_else()
    {
        Start();
        AwaitCondition(() => _state.ChecksPassed >= 5, Soon);
        ExpectNoMsg(TimeSpan.Zero);
        _checks.Refuse = true;
        ExpectUp(false);
        Assert.True(_state.ChecksFailed >= 3);
        _checks.Refuse = false;
        ExpectUp(true);
    }

    [Fact]
    public void A_check_says_local_where_the_server_expects_a_header()
    {
        Start();
        AwaitCondition(() => _checks.LastHello is not null, Soon);
        Assert.Equal("0D0A0D0A000D0A515549540A20000000", Convert.ToHexString(_checks.LastHello!));
    }

    [Fact]
    public void A_check_says_nothing_where_it_does_not()
    {
        Start(sendProxy: false);
        AwaitCondition(() => _checks.LastHello is not null, Soon);
        Assert.Empty(_checks.LastHello!);
    }

    [Fact]
    public void A_check_that_throws_counts_as_failed()
    {
        _checks.Instead = () => Task.FromException<ConnectFailure?>(new InvalidOperationException());
        Start();
        ExpectUp(false);
    }

    [Fact]
    public void There_is_one_check_at_a_time()
    {
        var pending = new TaskCompletionSource<ConnectFailure?>();
        _checks.Instead = () => pending.Task;
        var probe = Start();
        AwaitCondition(() => _checks.Count == 1, Soon);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, _checks.Count);
        pending.SetResult(null);
        AwaitCondition(() => _checks.Count > 1, Soon);
        Sys.Stop(probe);
    }

    [Fact]
    public void A_restarted_probe_goes_on_from_what_was_learnt()
    {
        _checks.Refuse = true;
        var probe = Start();
        ExpectUp(false);
        Sys.Stop(Watch(probe));
        ExpectTerminated(probe, Soon);
        _checks.Refuse = false;
        Start();
        ExpectUp(true);
    }
}
