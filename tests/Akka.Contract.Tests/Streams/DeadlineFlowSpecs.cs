using Akka.Actor;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class DeadlineFlowSpecs : StreamSpec
{
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource<string>[] _jobs = [.. Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource<string>())];

    [Fact]
    public async Task Jobs_come_out_as_they_are_ready_and_are_told_to_an_actor()
    {
        var (actor, told) = Recorder.In(Sys);
        var (source, done) = Source.FromGraph(new ManualSource<Task<string>>())
            .Via(new DeadlineFlow(3, Patient))
            .ToMaterialized(Sink.ForEach<string>(s => actor.Tell(s)), Keep.Both)
            .Run(Materializer);
        for (var i = 0; i < 3; i++)
        {
            await source.Events.Expect(new Pulled());
            await source.Push(_jobs[i].Task);
        }
        await source.Run(() => { });
        source.Events.ExpectNone();
        _jobs[2].SetResult("c");
        await told.Expect("c");
        await source.Events.Expect(new Pulled());
        await source.Complete();
        _jobs[0].SetResult("a");
        await told.Expect("a");
        Assert.False(done.IsCompleted);
        _jobs[1].SetResult("b");
        await told.Expect("b");
        await Within(done);
    }

    [Fact]
    public async Task A_job_that_is_not_ready_in_time_comes_out_late_and_once()
    {
        var (source, sink) = Source.FromGraph(new ManualSource<Task<string>>())
            .Via(new DeadlineFlow(2, TimeSpan.FromMilliseconds(50)))
            .ToMaterialized(new ManualSink<string>(), Keep.Both)
            .Run(Materializer);
        await source.Events.Expect(new Pulled());
        await source.Push(_jobs[0].Task);
        Assert.Equal("late", await sink.Next());
        _jobs[0].SetResult("a");
        await sink.Pull();
        await source.Complete();
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task Ten_thousand_jobs_that_finish_on_any_thread_all_come_out()
    {
        const int jobs = 10_000;
        var got = await Within(Source.From(Enumerable.Range(0, jobs))
            .Select(i => Task.Run(() => $"{i}"))
            .Via(new DeadlineFlow(64, Patient))
            .RunAggregate(new HashSet<string>(), (set, s) => { set.Add(s); return set; }, Materializer));
        Assert.Equal(jobs, got.Count);
    }
}
