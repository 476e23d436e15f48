using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class KillSwitchSpecs : StreamSpec
{
    private readonly Exception _boom = new InvalidOperationException("boom");

    [Fact]
    public async Task Shutdown_completes_downstream_and_cancels_upstream()
    {
        var (source, kill, sink) = Run();
        kill.Shutdown();
        await sink.Events.Expect(new Finished(), new Stopped());
        var cancelled = await source.Events.Next<Cancelled>();
        Assert.IsType<SubscriptionWithCancelException.NonFailureCancellation>(cancelled.Cause, exactMatch: false);
    }

    [Fact]
    public async Task Abort_fails_downstream_and_cancels_upstream_with_the_cause()
    {
        var (source, kill, sink) = Run();
        kill.Abort(_boom);
        Assert.Same(_boom, Root((await sink.Events.Next<Failed>()).Cause));
        Assert.Same(_boom, Root((await source.Events.Next<Cancelled>()).Cause));
    }

    [Fact]
    public async Task The_first_use_decides()
    {
        var (_, kill, sink) = Run();
        kill.Shutdown();
        kill.Abort(_boom);
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task Elements_pass_until_then()
    {
        var (source, kill, sink) = Run();
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Pushed(1));
        kill.Shutdown();
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task A_switch_of_its_own_belongs_to_each_stream()
    {
        var (_, kill, sink) = Run();
        var (_, _, other) = Run();
        kill.Shutdown();
        await sink.Events.Expect(new Finished());
        await other.Settle();
        other.Events.ExpectNone();
    }

    [Fact]
    public async Task A_shared_switch_ends_all_its_streams_also_those_that_start_later()
    {
        var kill = KillSwitches.Shared("all");
        var first = Run(kill);
        var second = Run(kill);
        await first.Settle();
        await second.Settle();
        kill.Shutdown();
        await first.Events.Expect(new Finished(), new Stopped());
        await second.Events.Expect(new Finished(), new Stopped());
        await Run(kill).Events.Expect(new Finished(), new Stopped());
    }

    [Fact]
    public async Task A_shared_switch_that_was_aborted_fails_streams_that_start_later()
    {
        var kill = KillSwitches.Shared("all");
        kill.Abort(_boom);
        Assert.Same(_boom, Root((await Run(kill).Events.Next<Failed>()).Cause));
    }

    private (ManualSource<int>.Control Source, UniqueKillSwitch Switch, ManualSink<int>.Control Sink) Run()
    {
        var ((source, kill), sink) = Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .ViaMaterialized(KillSwitches.Single<int>(), Keep.Both)
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
        return (source, kill, sink);
    }

    private ManualSink<int>.Control Run(SharedKillSwitch kill) =>
        Source.FromGraph(new ManualSource<int>()).Via(kill.Flow<int>()).RunWith(new ManualSink<int>(), Materializer);
}
