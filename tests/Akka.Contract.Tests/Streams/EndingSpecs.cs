using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class EndingSpecs : StreamSpec
{
    private readonly Exception _boom = new InvalidOperationException("boom");

    [Fact]
    public async Task Completion_goes_downstream_and_needs_no_demand()
    {
        var stopped = new Events();
        var (source, sink) = Run(new TestFlow<int>(s => s.OnStop = () => stopped.Add(new Stopped())));
        await source.Complete();
        await sink.Events.Expect(new Finished(), new Stopped());
        await source.Events.Expect(new Stopped());
        await stopped.Expect(new Stopped());
    }

    [Fact]
    public async Task An_element_pushed_before_the_completion_comes_first()
    {
        var (source, sink) = Run();
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.PushAndComplete(1);
        await sink.Events.Expect(new Pushed(1), new Finished());
    }

    [Fact]
    public async Task A_failure_goes_downstream_as_it_is()
    {
        var (source, sink) = Run(new TestFlow<int>(_ => { }));
        await source.Fail(_boom);
        await sink.Events.Expect(new Failed(_boom), new Stopped());
    }

    [Fact]
    public async Task A_cancellation_goes_upstream_and_is_no_failure()
    {
        var stopped = new Events();
        var (source, sink) = Run(new TestFlow<int>(s => s.OnStop = () => stopped.Add(new Stopped())));
        await sink.Cancel();
        var cancelled = await source.Events.Next<Cancelled>();
        Assert.IsType<SubscriptionWithCancelException.NonFailureCancellation>(cancelled.Cause, exactMatch: false);
        await source.Events.Expect(new Stopped());
        await sink.Events.Expect(new Stopped());
        await stopped.Expect(new Stopped());
    }

    [Fact]
    public async Task A_cancellation_with_a_cause_keeps_it_on_its_way_up()
    {
        var (source, sink) = Run(new TestFlow<int>(_ => { }));
        await sink.Cancel(_boom);
        Assert.Same(_boom, (await source.Events.Next<Cancelled>()).Cause);
    }

    [Fact]
    public async Task A_stage_that_throws_fails_downstream_and_cancels_upstream_with_that_cause()
    {
        var (source, sink) = Run(new TestFlow<int>(s => s.OnPush = () => throw _boom));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Failed(_boom), new Stopped());
        Assert.Same(_boom, (await source.Events.Next<Cancelled>()).Cause);
        await source.Events.Expect(new Stopped());
    }

    [Fact]
    public async Task A_stage_that_throws_in_PreStart_fails_downstream_and_cancels_upstream()
    {
        var (source, sink) = Run(new TestFlow<int>(s => s.OnStart = () => throw _boom));
        await sink.Events.Expect(new Failed(_boom));
        Assert.Same(_boom, (await source.Events.Next<Cancelled>()).Cause);
    }

    [Fact]
    public async Task A_stage_that_throws_on_completion_fails_downstream()
    {
        var (source, sink) = Run(new TestFlow<int>(s => s.OnFinish = () => throw _boom));
        await source.Complete();
        await sink.Events.Expect(new Failed(_boom));
    }

    [Fact]
    public async Task A_stage_may_end_its_upstream_alone_and_go_on()
    {
        var (source, sink) = Run(new TestFlow<int>(s =>
        {
            s.OnPush = () => { s.PushOut(s.GrabIn()); s.CancelIn(); };
            s.OnPull = () => { if (s.InClosed) s.PushOut(99); else s.PullIn(); };
        }));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await source.Events.Next<Cancelled>();
        await sink.Events.Expect(new Pushed(1));
        Assert.Equal(99, await sink.Next());
        Assert.Equal(99, await sink.Next());
    }

    [Fact]
    public async Task A_stage_may_go_on_after_its_upstream_has_completed()
    {
        var (source, sink) = Run(new TestFlow<int>(s =>
        {
            s.OnFinish = () => { };
            s.OnPull = () => { if (s.InClosed) s.PushOut(99); else s.PullIn(); };
        }));
        await source.Complete();
        Assert.Equal(99, await sink.Next());
        await sink.Cancel();
        await sink.Events.Expect(new Stopped());
    }

    [Fact]
    public async Task An_element_that_was_not_grabbed_yet_survives_the_completion_and_the_failure()
    {
        foreach (var failure in new[] { null, _boom })
        {
            var (source, sink) = Run(new TestFlow<int>(s =>
            {
                s.OnPush = () => { };
                s.OnFinish = () => { if (s.InAvailable) s.EmitOut(s.GrabIn(), s.CompleteStage); };
                s.OnFailure = _ => s.OnFinish();
            }));
            await sink.Pull();
            await source.Events.Expect(new Pulled());
            await source.Push(5);
            await (failure is null ? source.Complete() : source.Fail(failure));
            await sink.Events.Expect(new Pushed(5), new Finished());
        }
    }

    [Fact]
    public async Task An_element_that_was_not_grabbed_is_lost_when_its_inlet_is_cancelled()
    {
        var seen = new Events();
        var (source, sink) = Run(new TestFlow<int>(s => s.OnPush = () =>
        {
            s.CancelIn();
            seen.Add(s.InAvailable);
            s.CompleteStage();
        }));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(5);
        await seen.Expect(false);
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task PostStop_is_called_once_even_if_a_stage_is_ended_several_times()
    {
        var stops = 0;
        var (source, sink) = Run(new TestFlow<int>(s =>
        {
            s.OnPush = () => { s.CompleteStage(); s.FailStage(_boom); throw _boom; };
            s.OnStop = () => stops++;
        }));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Finished(), new Stopped());
        await source.Events.Next<Cancelled>();
        await source.Events.Expect(new Stopped());
        Assert.Equal(1, stops);
    }

    [Fact]
    public async Task A_stage_that_throws_in_PostStop_disturbs_no_other()
    {
        var (source, sink) = Run(new TestFlow<int>(s => s.OnStop = () => throw _boom));
        await source.Complete();
        await sink.Events.Expect(new Finished(), new Stopped());
        await source.Events.Expect(new Stopped());
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(TestFlow<int>? flow = null) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(flow ?? new TestFlow<int>(_ => { }))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
}
