using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class LongStreamSpecs : StreamSpec
{
    private const int Many = 100_000;

    [Fact]
    public async Task Many_elements_go_through_a_long_chain_without_deep_recursion()
    {
        var source = Source.From(Enumerable.Range(1, Many)).Select(x => (long)x);
        for (var i = 0; i < 20; i++)
            source = source.Select(x => x + 1);
        var sum = await Within(source.RunAggregate(0L, (a, x) => a + x, Materializer));
        Assert.Equal((long)Many * (Many + 1) / 2 + 20L * Many, sum);
    }

    [Fact]
    public async Task Many_elements_may_be_dropped_in_a_row()
    {
        var last = await Within(Source.From(Enumerable.Range(1, Many)).Where(x => x == Many).RunWith(Sink.First<int>(), Materializer));
        Assert.Equal(Many, last);
    }

    [Fact]
    public async Task Many_elements_may_be_emitted_at_once()
    {
        var sum = await Within(Source.Single(0)
            .Via(new TestFlow<int>(s => s.OnPush = () => s.EmitOut(Enumerable.Repeat(s.GrabIn() + 1, Many))))
            .RunAggregate(0, (a, x) => a + x, Materializer));
        Assert.Equal(Many, sum);
    }

    [Fact]
    public async Task A_stream_that_never_pauses_can_still_be_ended_from_outside()
    {
        var (kill, done) = Source.Repeat(1).ViaMaterialized(KillSwitches.Single<int>(), Keep.Right).ToMaterialized(Sink.Ignore<int>(), Keep.Both).Run(Materializer);
        kill.Shutdown();
        await Within(done);
    }

    [Fact]
    public async Task Streams_that_never_pause_let_others_run()
    {
        var kill = KillSwitches.Shared("busy");
        var busy = Enumerable.Range(0, Environment.ProcessorCount * 2)
            .Select(_ => Source.Repeat(1).Via(kill.Flow<int>()).RunWith(Sink.Ignore<int>(), Materializer))
            .ToArray();
        for (var i = 0; i < 10; i++)
            Assert.Equal(i, await Within(Source.Single(i).RunWith(Sink.First<int>(), Materializer)));
        kill.Shutdown();
        await Within(Task.WhenAll(busy));
    }

    [Fact]
    public async Task A_thousand_streams_run_side_by_side()
    {
        var results = await Within(Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Source.From(Enumerable.Range(i, 3)).RunWith(Sink.Seq<int>(), Materializer))));
        Assert.All(results.Select((r, i) => (r, i)), x => Assert.Equal(Enumerable.Range(x.i, 3), x.r));
    }
}
