using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

public sealed class IllegalOperationSpecs : StreamSpec
{
    [Fact]
    public Task Pushing_twice_fails_the_stage() => OnPush(s =>
    {
        s.PushOut(1);
        s.PushOut(2);
    });

    [Fact]
    public Task Pulling_twice_fails_the_stage() => OnPush(s =>
    {
        s.PullIn();
        s.PullIn();
    });

    [Fact]
    public Task Grabbing_twice_fails_the_stage() => OnPush(s =>
    {
        s.GrabIn();
        s.GrabIn();
    });

    [Fact]
    public Task Grabbing_after_pulling_again_fails_the_stage() => OnPush(s =>
    {
        s.PullIn();
        s.GrabIn();
    });

    [Fact]
    public Task Pulling_a_closed_inlet_fails_the_stage() => OnPush(s =>
    {
        s.CancelIn();
        s.PullIn();
    });

    [Fact]
    public async Task Trying_to_pull_a_closed_inlet_is_no_error()
    {
        var (source, sink) = Run(s => s.OnPush = () =>
        {
            s.CancelIn();
            s.TryPullIn();
            s.CompleteStage();
        });
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task Pushing_a_closed_outlet_fails_the_stage()
    {
        var (source, sink) = Run(s => s.OnPush = () =>
        {
            s.CompleteOut();
            s.PushOut(1);
        });
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Finished());
        Assert.IsType<ArgumentException>((await source.Events.Next<Cancelled>()).Cause);
    }

    [Fact]
    public async Task Pushing_without_demand_fails_the_stage()
    {
        var (source, sink) = Run(_ => { });
        await Assert.ThrowsAsync<ArgumentException>(() => source.Push(1));
        await sink.Events.Next<Failed>();
    }

    [Fact]
    public async Task Pushing_null_fails_the_stage()
    {
        var sink = Source.From(["a"]).Select(_ => (string)null!).RunWith(new ManualSink<string>(), Materializer);
        await sink.Pull();
        Assert.IsType<ArgumentNullException>((await sink.Events.Next<Failed>()).Cause);
    }

    [Fact]
    public async Task State_queries_follow_the_cycle_of_an_element()
    {
        var seen = new Events();
        var (source, sink) = Run(s =>
        {
            s.OnPull = () =>
            {
                seen.Add((s.OutAvailable, s.InPulled, s.InAvailable));
                s.PullIn();
                seen.Add((s.OutAvailable, s.InPulled, s.InAvailable));
            };
            s.OnPush = () =>
            {
                seen.Add((s.OutAvailable, s.InPulled, s.InAvailable));
                s.PushOut(s.GrabIn());
                seen.Add((s.OutAvailable, s.InPulled, s.InAvailable));
            };
        });
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await seen.Expect((true, false, false), (true, true, false), (true, false, true), (false, false, false));
    }

    [Fact]
    public void A_port_without_a_handler_is_an_error_when_the_stream_is_started()
    {
        var graph = Source.Single(1).To(Sink.FromGraph(new HandlerlessSink()));
        Assert.Throws<IllegalStateException>(() => graph.Run(Materializer));
    }

    [Fact]
    public void A_constructor_cannot_use_the_stream_that_does_not_run_yet()
    {
        var graph = Source.Single(1).Via(new TestFlow<int>(s => s.Mat.ToString())).To(Sink.Ignore<int>());
        Assert.Throws<IllegalStateException>(() => graph.Run(Materializer));
    }

    private async Task OnPush(Action<TestFlow<int>.Logic> illegal)
    {
        var (source, sink) = Run(s => s.OnPush = () => illegal(s));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        object e;
        do
            e = await sink.Events.Next();
        while (e is Pushed);
        Assert.IsType<ArgumentException>(Assert.IsType<Failed>(e).Cause);
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(Action<TestFlow<int>.Logic> setUp) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(new TestFlow<int>(setUp))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);

    private sealed class HandlerlessSink : GraphStage<SinkShape<int>>
    {
        public override SinkShape<int> Shape { get; } = new(new Inlet<int>("handlerless.in"));

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape);

        private sealed class Logic(Shape shape) : GraphStageLogic(shape);
    }
}
