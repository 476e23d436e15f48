using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class TimerSpecs : StreamSpec
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_timer_fires_once_and_is_no_longer_active_then()
    {
        var fired = new Events();
        Run(s =>
        {
            s.OnStart = () => { s.Once("a", Soon); fired.Add(s.IsActive("a")); };
            s.OnTimerKey = key => { fired.Add(key); fired.Add(s.IsActive("a")); s.Once("end", Later); };
        });
        await fired.Expect(true, "a", false, "end", false);
    }

    [Fact]
    public async Task Keys_compare_by_value()
    {
        var fired = new Events();
        Run(s =>
        {
            s.OnStart = () => { s.Once(1, Never); fired.Add(s.IsActive(1)); fired.Add(s.IsActive(2)); s.CancelKey(1); fired.Add(s.IsActive(1)); };
        });
        await fired.Expect(true, false, false);
    }

    [Fact]
    public async Task A_repeated_timer_fires_until_it_is_cancelled()
    {
        var fired = new Events();
        var count = 0;
        Run(s =>
        {
            s.OnStart = () => s.Repeatedly("tick", Soon);
            s.OnTimerKey = key =>
            {
                fired.Add(key);
                if (key is "tick" && ++count == 3)
                {
                    s.CancelKey("tick");
                    s.Once("end", Later);
                }
            };
        });
        await fired.Expect("tick", "tick", "tick", "end");
    }

    [Fact]
    public async Task Scheduling_a_key_again_replaces_its_timer()
    {
        var fired = new Events();
        Run(s =>
        {
            s.OnStart = () => { s.Once("a", Soon); s.Once("a", Later); s.Once("b", (Soon + Later) / 2); };
            s.OnTimerKey = fired.Add;
        });
        await fired.Expect("b", "a");
    }

    [Fact]
    public async Task A_timer_cancelled_after_it_fired_but_before_it_was_handled_is_not_handled()
    {
        var fired = new Events();
        Run(s =>
        {
            s.OnStart = () =>
            {
                s.Once("a", Soon);
                // The stage is busy past the timer's time, so that its firing waits in the mailbox.
                SpinWait.SpinUntil(() => false, Later);
                s.CancelKey("a");
                s.Once("end", Soon);
            };
            s.OnTimerKey = fired.Add;
        });
        await fired.Expect("end");
    }

    [Fact]
    public async Task Timers_end_with_their_stage()
    {
        var fired = new Events();
        var (source, sink) = Run(
            s =>
            {
                s.OnStart = () => s.Repeatedly("tick", Soon);
                s.OnTimerKey = fired.Add;
            },
            s =>
            {
                s.OnFinish = () => s.Once("end", Later);
                s.OnTimerKey = _ => s.CompleteStage();
            });
        await fired.Expect("tick");
        await source.Complete();
        await source.Events.Expect(new Stopped());
        fired.Clear();
        await sink.Events.Expect(new Finished());
        fired.ExpectNone();
    }

    [Fact]
    public async Task A_timer_handler_that_throws_fails_the_stage()
    {
        var boom = new InvalidOperationException("boom");
        var (_, sink) = Run(s =>
        {
            s.OnStart = () => s.Once("a", Soon);
            s.OnTimerKey = _ => throw boom;
        });
        await sink.Events.Expect(new Failed(boom));
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(
        Action<TestFlow<int>.Logic> setUp, Action<TestFlow<int>.Logic>? below = null) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(new TestFlow<int>(setUp))
            .Via(new TestFlow<int>(below ?? (_ => { })))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
}
