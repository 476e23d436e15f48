using System.Collections.Concurrent;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class AsyncCallbackSpecs : StreamSpec
{
    [Fact]
    public async Task Calls_of_one_thread_keep_their_order_and_none_is_lost()
    {
        const int threads = 4, calls = 5_000;
        var last = new int[threads];
        var disorder = 0;
        var seen = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var callback = new TaskCompletionSource<Action<(int Thread, int Call)>>();
        Run(s => s.OnStart = () => callback.SetResult(s.Callback<(int Thread, int Call)>(c =>
        {
            if (c.Call != ++last[c.Thread])
                disorder++;
            if (++seen == threads * calls)
                all.SetResult();
        })));
        var call = await Within(callback.Task);
        await Within(Task.WhenAll(Enumerable.Range(0, threads).Select(t => Task.Run(() =>
        {
            for (var i = 1; i <= calls; i++)
                call((t, i));
        }))));
        await Within(all.Task);
        Assert.Equal(0, disorder);
    }

    [Fact]
    public async Task Handlers_run_one_at_a_time_beside_the_stage_s_own_events()
    {
        var inside = 0;
        var overlaps = 0;
        void Enter()
        {
            if (Interlocked.Increment(ref inside) != 1)
                Interlocked.Increment(ref overlaps);
            Thread.SpinWait(20);
            Interlocked.Decrement(ref inside);
        }

        var callback = new TaskCompletionSource<Action>();
        var done = Source.From(Enumerable.Range(0, 20_000))
            .Via(new TestFlow<int>(s =>
            {
                s.OnStart = () => callback.SetResult(s.Callback(Enter));
                s.OnPush = () => { Enter(); s.PushOut(s.GrabIn()); };
            }))
            .RunWith(Sink.Ignore<int>(), Materializer);
        var call = await Within(callback.Task);
        while (!done.IsCompleted)
            call();
        await Within(done);
        Assert.Equal(0, overlaps);
    }

    [Fact]
    public async Task Calls_are_dropped_once_the_stage_has_ended_while_the_stream_goes_on()
    {
        var ran = new ConcurrentQueue<string>();
        Action? call = null;
        var (source, sink) = Run(s =>
        {
            s.OnStart = () => call = s.Callback(() => ran.Enqueue("late"));
            s.OnStop = () => ran.Enqueue("stop");
        }, s => s.OnFinish = () => { });
        await source.Complete();
        await source.Events.Expect(new Stopped());
        call!();
        await sink.Settle();
        Assert.Equal(["stop"], ran);
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task Calls_after_the_stream_s_end_do_nothing()
    {
        var calls = 0;
        Action? call = null;
        var (source, sink) = Run(s => s.OnStart = () => call = s.Callback(() => calls++));
        await source.Complete();
        await sink.Events.Expect(new Finished(), new Stopped());
        call!();
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_callback_that_throws_fails_its_stage()
    {
        var boom = new InvalidOperationException("boom");
        var callback = new TaskCompletionSource<Action>();
        var (source, sink) = Run(s => s.OnStart = () => callback.SetResult(s.Callback(() => throw boom)));
        (await Within(callback.Task))();
        await sink.Events.Expect(new Failed(boom));
        Assert.Same(boom, (await source.Events.Next<Cancelled>()).Cause);
    }

    [Fact]
    public async Task A_callback_made_in_the_constructor_works_once_the_stage_has_started()
    {
        var got = new Events();
        Action<int>? call = null;
        var (_, sink) = Run(s => call = s.Callback<int>(x => got.Add(x)));
        await sink.Settle();
        call!(3);
        await got.Expect(3);
    }

    [Fact]
    public async Task A_callback_called_within_its_stage_runs_after_the_handler_that_called_it()
    {
        var order = new Events();
        var (source, sink) = Run(s =>
        {
            Action? call = null;
            s.OnStart = () => call = s.Callback(() => order.Add("callback"));
            s.OnPush = () => { call!(); order.Add("push"); s.PushOut(s.GrabIn()); };
        });
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await order.Expect("push", "callback");
    }

    [Fact]
    public async Task A_callback_may_push_what_was_pulled_before()
    {
        var callback = new TaskCompletionSource<Action<int>>();
        var (_, sink) = Run(s =>
        {
            s.OnStart = () => callback.SetResult(s.Callback<int>(s.PushOut));
            s.OnPull = () => { };
        });
        await sink.Pull();
        (await Within(callback.Task))(42);
        await sink.Events.Expect(new Pushed(42));
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(
        Action<TestFlow<int>.Logic> setUp, Action<TestFlow<int>.Logic>? below = null) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(new TestFlow<int>(setUp))
            .Via(new TestFlow<int>(below ?? (_ => { })))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
}
