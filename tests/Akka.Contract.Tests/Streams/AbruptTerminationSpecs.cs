using Akka.Actor;
using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class AbruptTerminationSpecs : StreamSpec
{
    [Fact]
    public async Task The_end_of_the_system_stops_each_stage_once()
    {
        var (source, flow, sink) = Run(Materializer);
        await sink.Settle();
        await Within(Sys.Terminate());
        await source.Events.Expect(new Stopped());
        await flow.Expect(new Stopped());
        await sink.Events.Expect(new Stopped());
        source.Events.ExpectNone();
        flow.ExpectNone();
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task Shutting_a_materializer_down_stops_its_streams_and_no_others()
    {
        var own = ActorMaterializer.Create(Sys, ActorMaterializerSettings.Create(Sys));
        var (source, _, sink) = Run(own);
        var (_, _, other) = Run(Materializer);
        await sink.Settle();
        own.Shutdown();
        await source.Events.Expect(new Stopped());
        await sink.Events.Expect(new Stopped());
        await other.Settle();
        other.Events.ExpectNone();
        Assert.True(own.IsShutdown);
        Assert.False(Materializer.IsShutdown);
        Assert.Throws<IllegalStateException>(() => Source.Single(1).To(Sink.Ignore<int>()).Run(own));
    }

    [Fact]
    public async Task The_streams_of_an_actor_end_with_it()
    {
        var started = new TaskCompletionSource<(ManualSource<int>.Control Source, Events Flow, ManualSink<int>.Control Sink)>();
        var owner = Sys.ActorOf(Props.Create(() => new Owner(started)));
        var (source, _, sink) = await Within(started.Task);
        await sink.Settle();
        owner.Tell(PoisonPill.Instance);
        await source.Events.Expect(new Stopped());
        await sink.Events.Expect(new Stopped());
    }

    [Fact]
    public async Task Results_of_a_stream_that_is_cut_off_fail()
    {
        var never = Source.FromGraph(new ManualSource<int>());
        var seq = never.RunWith(Sink.Seq<int>(), Materializer);
        var watched = never.WatchTermination(Keep.Right).To(Sink.Ignore<int>()).Run(Materializer);
        var told = new Events();
        never.RunWith(Sink.OnComplete<int>(() => told.Add("completed"), told.Add), Materializer);
        var (queue, sink) = Source.Queue<int>(1, OverflowStrategy.Fail).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
        await sink.Settle();
        await Within(Sys.Terminate());
        Assert.IsType<AbruptStageTerminationException>(await FailureOf(seq));
        Assert.IsType<AbruptStageTerminationException>(await FailureOf(watched));
        await told.Next<AbruptStageTerminationException>();
        Assert.IsType<StreamDetachedException>(await FailureOf(queue.WatchCompletionAsync()));
    }

    [Fact]
    public async Task Timers_and_callbacks_after_the_end_do_nothing()
    {
        var fired = 0;
        Action? call = null;
        var sink = Source.FromGraph(new ManualSource<int>())
            .Via(new TestFlow<int>(s =>
            {
                s.OnStart = () => { s.Repeatedly("tick", TimeSpan.FromMilliseconds(5)); call = s.Callback(() => fired++); };
                s.OnTimerKey = _ => fired++;
            }))
            .RunWith(new ManualSink<int>(), Materializer);
        await sink.Settle();
        await Within(Sys.Terminate());
        var before = fired;
        call!();
        Assert.Equal(before, fired);
    }

    private static (ManualSource<int>.Control Source, Events Flow, ManualSink<int>.Control Sink) Run(IMaterializer materializer)
    {
        var stopped = new Events();
        var (source, sink) = Source.FromGraph(new ManualSource<int>())
            .Via(new TestFlow<int>(s => s.OnStop = () => stopped.Add(new Stopped())))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(materializer);
        return (source, stopped, sink);
    }

    private sealed class Owner : UntypedActor
    {
        public Owner(TaskCompletionSource<(ManualSource<int>.Control, Events, ManualSink<int>.Control)> started) =>
            started.SetResult(Run(Context.Materializer()));

        protected override void OnReceive(object message)
        {
        }
    }
}
