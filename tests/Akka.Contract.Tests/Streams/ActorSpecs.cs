using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

/// <summary>Where streams and actors meet: stage actors, a sink that tells, a source that is told.</summary>
public sealed class ActorSpecs : StreamSpec
{
    [Fact]
    public async Task A_stage_actor_hands_messages_and_their_senders_to_the_stage()
    {
        var (teller, answers) = Recorder.In(Sys);
        var self = await StageActor(s => args => args.Item1.Tell("re: " + args.Item2));
        self.Tell("hello", teller);
        await answers.Expect("re: hello");
    }

    [Fact]
    public async Task A_stage_actor_is_the_same_with_another_behaviour()
    {
        var seen = new Events();
        var refs = new Events();
        var self = await StageActor(s => args =>
        {
            seen.Add(args.Item2);
            refs.Add(s.StageActor.Ref);
            refs.Add(s.Actor(x => seen.Add("second " + x.Item2)).Ref);
        });
        self.Tell("a");
        self.Tell("b");
        await seen.Expect("a", "second b");
        Assert.Equal(await refs.Next(), await refs.Next());
    }

    [Fact]
    public async Task A_stage_actor_that_was_never_asked_for_cannot_be_had()
    {
        var sink = Source.FromGraph(new ManualSource<int>())
            .Via(new TestFlow<int>(s => s.OnStart = () => s.StageActor.ToString()))
            .RunWith(new ManualSink<int>(), Materializer);
        Assert.IsType<StageActorRefNotInitializedException>((await sink.Events.Next<Failed>()).Cause);
    }

    [Fact]
    public async Task A_stage_learns_of_the_end_of_an_actor_that_it_watches()
    {
        var (watched, _) = Recorder.In(Sys);
        var seen = new Events();
        await StageActor(s =>
        {
            StageActorRef.Receive receive = args => seen.Add(args.Item2);
            s.Actor(receive).Watch(watched);
            return receive;
        });
        watched.Tell(Recorder.Stop);
        Assert.Equal(watched, (await seen.Next<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task A_stage_actor_ignores_a_poison_pill()
    {
        var seen = new Events();
        var self = await StageActor(_ => args => seen.Add(args.Item2));
        self.Tell(PoisonPill.Instance);
        self.Tell("still here");
        await seen.Expect("still here");
    }

    [Fact]
    public async Task The_stage_actor_of_a_stage_that_has_ended_is_terminated_for_those_who_watch_it()
    {
        var seen = new Events();
        var ended = new TaskCompletionSource<IActorRef>();
        var (source, _) = Source.FromGraph(new ManualSource<int>())
            .Via(new TestFlow<int>(s => s.OnStart = () => ended.SetResult(s.Actor(_ => { }).Ref)))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
        var stage = await Within(ended.Task);
        Sys.ActorOf(Props.Create(() => new Watcher(stage, seen)));
        await seen.Expect("watching");
        await source.Complete();
        Assert.Equal(stage, (await seen.Next<Terminated>()).ActorRef);
    }

    [Fact]
    public async Task The_actor_sink_tells_elements_and_the_completion_in_order()
    {
        var (actor, seen) = Recorder.In(Sys);
        Source.From(Enumerable.Range(1, 3)).RunWith(Sink.ActorRef<int>(actor, "done", e => e), Materializer);
        await seen.Expect(1, 2, 3, "done");
    }

    [Fact]
    public async Task The_actor_sink_tells_the_failure()
    {
        var boom = new InvalidOperationException("boom");
        var (actor, seen) = Recorder.In(Sys);
        Source.Failed<int>(boom).RunWith(Sink.ActorRef<int>(actor, "done", e => new Status.Failure(e)), Materializer);
        Assert.Same(boom, (await seen.Next<Status.Failure>()).Cause);
    }

    [Fact]
    public async Task The_actor_sink_cancels_when_its_actor_stops()
    {
        var (actor, _) = Recorder.In(Sys);
        var source = Source.FromGraph(new ManualSource<int>(keepsDefaults: true)).To(Sink.ActorRef<int>(actor, "done", e => e)).Run(Materializer);
        await source.Events.Expect(new Pulled());
        actor.Tell(Recorder.Stop);
        await source.Events.Next<Cancelled>();
        await source.Events.Expect(new Stopped());
    }

    [Fact]
    public async Task The_actor_source_emits_what_it_is_told()
    {
        var (actor, sink) = Source.ActorRef<int>(8, OverflowStrategy.Fail).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
        for (var i = 1; i <= 3; i++)
            actor.Tell(i);
        for (var i = 1; i <= 3; i++)
            Assert.Equal(i, await sink.Next());
    }

    [Fact]
    public async Task The_actor_source_completes_after_the_buffered_elements()
    {
        var (actor, result) = Source.ActorRef<int>(8, OverflowStrategy.Fail).ToMaterialized(Sink.Seq<int>(), Keep.Both).Run(Materializer);
        for (var i = 1; i <= 3; i++)
            actor.Tell(i);
        actor.Tell(new Status.Success("done"));
        Assert.Equal([1, 2, 3], await Within(result));
    }

    [Fact]
    public async Task The_actor_source_fails_as_it_is_told()
    {
        var boom = new InvalidOperationException("boom");
        var (actor, result) = Source.ActorRef<int>(8, OverflowStrategy.Fail).ToMaterialized(Sink.Ignore<int>(), Keep.Both).Run(Materializer);
        actor.Tell(new Status.Failure(boom));
        Assert.Same(boom, await FailureOf(result));
    }

    [Fact]
    public async Task The_actor_source_fails_when_it_overflows()
    {
        var (actor, sink) = Source.ActorRef<int>(2, OverflowStrategy.Fail).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
        // More than fits in any buffer on the way.
        for (var i = 0; i < 100; i++)
            actor.Tell(i);
        Assert.IsType<BufferOverflowException>((await sink.Events.Next<Failed>()).Cause);
    }

    [Fact]
    public void The_actor_source_cannot_make_tellers_wait() =>
        Assert.Throws<NotSupportedException>(() => Source.ActorRef<int>(2, OverflowStrategy.Backpressure));

    private Task<IActorRef> StageActor(Func<TestFlow<int>.Logic, StageActorRef.Receive> behaviour)
    {
        var started = new TaskCompletionSource<IActorRef>();
        Source.FromGraph(new ManualSource<int>())
            .Via(new TestFlow<int>(s => s.OnStart = () => started.SetResult(s.Actor(behaviour(s)).Ref)))
            .RunWith(new ManualSink<int>(), Materializer);
        return Within(started.Task);
    }

    private sealed class Watcher : UntypedActor
    {
        private readonly Events _seen;

        public Watcher(IActorRef subject, Events seen)
        {
            _seen = seen;
            Context.Watch(subject);
            seen.Add("watching");
        }

        protected override void OnReceive(object message) => _seen.Add(message);
    }
}
