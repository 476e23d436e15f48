using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class EmitSpecs : StreamSpec
{
    [Fact]
    public async Task What_is_emitted_without_demand_goes_out_as_demand_comes()
    {
        var (_, sink) = Run(s =>
        {
            s.OnStart = () => { s.EmitOut(1); s.EmitOut([2, 3]); s.EmitOut(4); };
            s.OnPull = () => s.PushOut(99);
        });
        await sink.Settle();
        sink.Events.ExpectNone();
        foreach (var expected in new[] { 1, 2, 3, 4, 99, 99 })
            Assert.Equal(expected, await sink.Next());
    }

    [Fact]
    public async Task What_is_emitted_with_demand_goes_out_at_once()
    {
        var order = new Events();
        var (_, sink) = Run(s => s.OnPull = () => s.EmitOut(1, () => order.Add(s.OutAvailable)));
        Assert.Equal(1, await sink.Next());
        await order.Expect(false);
    }

    [Fact]
    public async Task Several_elements_emitted_with_demand_start_at_once()
    {
        var (_, sink) = Run(s => s.OnPull = () => s.EmitOut([1, 2, 3]));
        foreach (var expected in new[] { 1, 2, 3, 1, 2, 3 })
            Assert.Equal(expected, await sink.Next());
    }

    [Fact]
    public async Task What_follows_an_emission_runs_when_its_last_element_is_out()
    {
        var order = new Events();
        var (_, sink) = Run(s => s.OnStart = () =>
        {
            s.EmitOut([1, 2], () => order.Add("both"));
            s.EmitOut([], () => order.Add("none"));
            s.EmitOut(3, () => order.Add("third"));
        });
        await sink.Settle();
        await order.Expect("none");
        await sink.Next();
        await sink.Settle();
        order.ExpectNone();
        await sink.Next();
        await order.Expect("both");
        await sink.Next();
        await order.Expect("third");
    }

    [Fact]
    public async Task What_is_emitted_by_a_follow_up_comes_after_what_was_emitted_before()
    {
        var (_, sink) = Run(s => s.OnStart = () =>
        {
            s.EmitOut(1, () => s.EmitOut(4));
            s.EmitOut(2);
            s.EmitOut(3);
        });
        foreach (var expected in new[] { 1, 2, 3, 4 })
            Assert.Equal(expected, await sink.Next());
    }

    [Fact]
    public async Task Completing_the_stage_waits_for_what_was_emitted()
    {
        var (source, sink) = Run(s => s.OnStart = () => { s.EmitOut([1, 2]); s.CompleteStage(); });
        await source.Events.Next<Cancelled>();
        Assert.Equal(1, await sink.Next());
        Assert.Equal(2, await sink.Next());
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task Failing_the_stage_does_not_wait_for_what_was_emitted()
    {
        var boom = new InvalidOperationException("boom");
        var (_, sink) = Run(s => s.OnStart = () => { s.EmitOut([1, 2]); s.FailStage(boom); });
        await sink.Events.Expect(new Failed(boom));
    }

    [Fact]
    public async Task What_was_emitted_can_be_taken_back()
    {
        var (_, sink) = Run(s =>
        {
            s.OnStart = () => { s.EmitOut([1, 2]); s.AbortEmittingOut(); };
            s.OnPull = () => s.PushOut(99);
        });
        Assert.Equal(99, await sink.Next());
    }

    [Fact]
    public async Task A_cancellation_reaches_the_stage_s_own_handler_while_it_emits()
    {
        var cancelled = new Events();
        var (_, sink) = Run(s =>
        {
            s.OnStart = () => s.EmitOut([1, 2]);
            s.OnCancel = _ => { cancelled.Add("cancelled"); s.CompleteStage(); };
        });
        Assert.Equal(1, await sink.Next());
        await sink.Cancel();
        await cancelled.Expect("cancelled");
    }

    [Fact]
    public async Task Completion_of_the_upstream_keeps_what_was_emitted()
    {
        var (source, sink) = Run(s => s.OnStart = () => s.EmitOut([1, 2]));
        await source.Complete();
        Assert.Equal(1, await sink.Next());
        Assert.Equal(2, await sink.Next());
        await sink.Events.Expect(new Finished(), new Stopped());
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(Action<TestFlow<int>.Logic> setUp) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(new TestFlow<int>(setUp))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
}
