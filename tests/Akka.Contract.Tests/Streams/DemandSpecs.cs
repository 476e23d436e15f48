using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class DemandSpecs : StreamSpec
{
    [Fact]
    public async Task Nothing_is_pushed_without_a_pull()
    {
        var mapped = 0;
        var sink = Source.From(Enumerable.Range(1, 100)).Select(x => { mapped++; return x; }).RunWith(new ManualSink<int>(), Materializer);
        await sink.Settle();
        Assert.Equal(0, mapped);
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task One_pull_brings_one_element_through_the_whole_stream()
    {
        var mapped = 0;
        var sink = Source.From(Enumerable.Range(1, 100)).Select(x => { mapped++; return x; }).RunWith(new ManualSink<int>(), Materializer);
        Assert.Equal(1, await sink.Next());
        await sink.Settle();
        Assert.Equal(1, mapped);
        Assert.Equal(2, await sink.Next());
        await sink.Settle();
        Assert.Equal(2, mapped);
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task A_stage_that_drops_an_element_pulls_the_next()
    {
        var sink = Source.From(Enumerable.Range(1, 100)).Where(x => x % 10 == 0).RunWith(new ManualSink<int>(), Materializer);
        Assert.Equal(10, await sink.Next());
        Assert.Equal(20, await sink.Next());
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task A_pull_waits_for_the_element_however_long_the_source_takes()
    {
        var (source, sink) = Source.FromGraph(new ManualSource<int>()).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        sink.Events.ExpectNone();
        await source.Push(7);
        await sink.Events.Expect(new Pushed(7));
        source.Events.ExpectNone();
    }

    [Fact]
    public async Task A_buffer_asks_ahead_up_to_its_size()
    {
        var (source, sink) = Source.FromGraph(new ManualSource<int>())
            .Buffer(2, Akka.Streams.OverflowStrategy.Backpressure)
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await source.Events.Expect(new Pulled());
        await source.Push(2);
        await sink.Settle();
        source.Events.ExpectNone();
        Assert.Equal(1, await sink.Next());
        await source.Events.Expect(new Pulled());
        Assert.Equal(2, await sink.Next());
    }

    [Fact]
    public async Task Take_completes_with_its_last_element_and_cancels_upstream()
    {
        var (source, sink) = Source.FromGraph(new ManualSource<int>(keepsDefaults: true))
            .Take(2)
            .ToMaterialized(new ManualSink<int>(), Keep.Both)
            .Run(Materializer);
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await sink.Events.Expect(new Pushed(1));
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(2);
        await sink.Events.Expect(new Pushed(2), new Finished(), new Stopped());
        await source.Events.Next<Cancelled>();
        await source.Events.Expect(new Stopped());
    }
}
