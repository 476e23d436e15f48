using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;

namespace Akka.Contract.Tests.Streams;

public sealed class OperatorSpecs : StreamSpec
{
    private readonly Exception _boom = new InvalidOperationException("boom");

    private static Source<int, NotUsed> OneTo(int n) => Source.From(Enumerable.Range(1, n));

    [Fact]
    public async Task Select_maps() => Assert.Equal(["1", "2"], await Seq(OneTo(2).Select(x => $"{x}")));

    [Fact]
    public async Task Where_filters() => Assert.Equal([2, 4], await Seq(OneTo(5).Where(x => x % 2 == 0)));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(9)]
    public async Task Take_and_skip_split_a_stream(int n)
    {
        Assert.Equal(Enumerable.Range(1, 5).Take(n), await Seq(OneTo(5).Take(n)));
        Assert.Equal(Enumerable.Range(1, 5).Skip(n), await Seq(OneTo(5).Skip(n)));
    }

    [Fact]
    public async Task Grouped_emits_a_shorter_rest() =>
        Assert.Equal([[1, 2], [3, 4], [5]], await Seq(OneTo(5).Grouped(2).Select(g => g.ToArray())));

    [Fact]
    public void A_group_holds_at_least_one_element() =>
        Assert.Throws<ArgumentException>(() => OneTo(5).Grouped(0));

    [Fact]
    public async Task Aggregate_and_sum_emit_once_at_the_end()
    {
        Assert.Equal([15], await Seq(OneTo(5).Aggregate(0, (a, x) => a + x)));
        Assert.Equal([0], await Seq(Source.Empty<int>().Aggregate(0, (a, x) => a + x)));
        Assert.Equal(15, await Within(OneTo(5).RunSum((a, x) => a + x, Materializer)));
        Assert.IsType<NoSuchElementException>(await FailureOf(Source.Empty<int>().RunSum((a, x) => a + x, Materializer)));
    }

    [Fact]
    public async Task Recover_ends_with_an_element_in_place_of_the_failure()
    {
        var failing = OneTo(3).Select(x => x < 3 ? x : throw _boom);
        Assert.Equal([1, 2, -1], await Seq(failing.Recover(e => e == _boom ? Option<int>.Create(-1) : Option<int>.None)));
        Assert.Same(_boom, await FailureOf(Seq(failing.Recover(_ => Option<int>.None))));
    }

    [Theory]
    [InlineData(OverflowStrategy.DropHead, new[] { 1, 4, 5 })]
    [InlineData(OverflowStrategy.DropTail, new[] { 1, 2, 5 })]
    [InlineData(OverflowStrategy.DropBuffer, new[] { 1, 4, 5 })]
    [InlineData(OverflowStrategy.DropNew, new[] { 1, 2, 3 })]
    public async Task A_full_buffer_drops(OverflowStrategy strategy, int[] expected)
    {
        var (source, sink) = Buffered(strategy);
        Assert.Equal(1, await FirstOf(source, sink));
        for (var i = 2; i <= 5; i++)
        {
            await source.Events.Expect(new Pulled());
            await source.Push(i);
        }
        await source.Complete();
        foreach (var i in expected[1..])
            Assert.Equal(i, await sink.Next());
        await sink.Events.Expect(new Finished());
    }

    [Fact]
    public async Task A_full_buffer_fails()
    {
        var (source, sink) = Buffered(OverflowStrategy.Fail);
        Assert.Equal(1, await FirstOf(source, sink));
        for (var i = 2; i <= 4; i++)
        {
            await source.Events.Expect(new Pulled());
            await source.Push(i);
        }
        Assert.IsType<BufferOverflowException>((await sink.Events.Next<Failed>()).Cause);
    }

    [Fact]
    public async Task A_failure_overtakes_what_is_buffered()
    {
        var (source, sink) = Buffered(OverflowStrategy.Backpressure);
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        await source.Fail(_boom);
        await sink.Events.Expect(new Failed(_boom));
    }

    [Fact]
    public async Task Termination_is_watched_as_it_is()
    {
        await Within(OneTo(3).WatchTermination(Keep.Right).To(Sink.Ignore<int>()).Run(Materializer));
        Assert.Same(_boom, await FailureOf(Source.Failed<int>(_boom).WatchTermination(Keep.Right).To(Sink.Ignore<int>()).Run(Materializer)));
        await Within(Source.Maybe<int>().WatchTermination(Keep.Right).To(Sink.Cancelled<int>()).Run(Materializer));
        var (ended, sink) = Source.Maybe<int>().WatchTermination(Keep.Right).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
        await sink.Cancel(_boom);
        Assert.Same(_boom, await FailureOf(ended));
    }

    [Fact]
    public async Task Flows_have_the_same_operators()
    {
        var flow = Flow.Create<int>()
            .Where(x => x > 1)
            .Skip(1)
            .Take(5)
            .Select(x => x * 10)
            .SelectAsync(2, Task.FromResult)
            .SelectAsyncUnordered(1, Task.FromResult)
            .Buffer(2, OverflowStrategy.Backpressure)
            .Recover(_ => Option<int>.None)
            .WatchTermination(Keep.Left)
            .Grouped(2)
            .Aggregate("", (text, g) => text + string.Join(',', g) + ";");
        Assert.Equal(["30,40;50,60;70;"], await Seq(OneTo(100).Via(flow)));
    }

    private static async Task<int> FirstOf(ManualSource<int>.Control source, ManualSink<int>.Control sink)
    {
        await sink.Pull();
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        return (int)(await sink.Events.Next<Pushed>()).Element!;
    }

    private (ManualSource<int>.Control Source, ManualSink<int>.Control Sink) Buffered(OverflowStrategy strategy) =>
        Source.FromGraph(new ManualSource<int>(keepsDefaults: true)).Buffer(2, strategy).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);

    private async Task<IEnumerable<T>> Seq<T>(Source<T, NotUsed> source) => await Within(source.RunWith(Sink.Seq<T>(), Materializer));
}
