using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class KeepGoingSpecs : StreamSpec
{
    [Fact]
    public async Task A_stage_that_keeps_going_outlives_its_ports_until_it_completes_itself()
    {
        var log = new Events();
        Action? end = null;
        var (source, sink) = Run(s =>
        {
            s.OnStart = () => { s.KeepGoing(true); end = s.Callback(() => { log.Add("ending"); s.CompleteStage(); }); };
            s.OnFinish = s.CompleteOut;
            s.OnStop = () => log.Add("stopped");
        });
        await source.Complete();
        await sink.Events.Expect(new Finished(), new Stopped());
        log.ExpectNone();
        end!();
        await log.Expect("ending", "stopped");
    }

    [Fact]
    public async Task A_stage_that_stops_keeping_going_with_its_ports_closed_ends()
    {
        var log = new Events();
        Action? end = null;
        var (source, sink) = Run(s =>
        {
            s.OnStart = () => { s.KeepGoing(true); end = s.Callback(() => s.KeepGoing(false)); };
            s.OnFinish = s.CompleteOut;
            s.OnStop = () => log.Add("stopped");
        });
        await source.Complete();
        await sink.Events.Expect(new Finished(), new Stopped());
        log.ExpectNone();
        end!();
        await log.Expect("stopped");
    }

    [Fact]
    public async Task Completing_or_failing_the_stage_overrules_keeping_going()
    {
        var log = new Events();
        var (source, sink) = Run(s =>
        {
            s.OnStart = () => s.KeepGoing(true);
            s.OnStop = () => log.Add("stopped");
        });
        await source.Complete();
        await sink.Events.Expect(new Finished());
        await log.Expect("stopped");
    }

    [Fact]
    public async Task Timers_still_fire_while_the_stage_keeps_going()
    {
        var log = new Events();
        var (source, _) = Run(s =>
        {
            s.OnStart = () => s.KeepGoing(true);
            s.OnFinish = () => { s.CompleteOut(); s.Once("end", TimeSpan.FromMilliseconds(20)); };
            s.OnTimerKey = key => { log.Add(key); s.CompleteStage(); };
            s.OnStop = () => log.Add("stopped");
        });
        await source.Complete();
        await log.Expect("end", "stopped");
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Run(Action<TestFlow<int>.Logic> setUp) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Via(new TestFlow<int>(setUp))
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
}
