using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class SourceAndSinkSpecs : StreamSpec
{
    private readonly Exception _boom = new InvalidOperationException("boom");

    [Fact]
    public async Task Sources_of_given_elements()
    {
        Assert.Equal([7], await Seq(Source.Single(7)));
        Assert.Equal([7, 7], await Seq(Source.Repeat(7).Take(2)));
        Assert.Equal([], await Seq(Source.Empty<int>()));
        Assert.Equal([1, 2], await Seq(Source.From(new[] { 1, 2 })));
        Assert.Equal([3, 4], await Seq(Source.FromEnumerator(() => ((IEnumerable<int>)[3, 4]).GetEnumerator())));
        Assert.Equal([], await Seq(Source.From(Array.Empty<int>())));
        Assert.Same(_boom, await FailureOf(Seq(Source.Failed<int>(_boom))));
    }

    [Fact]
    public async Task An_enumeration_that_throws_fails_the_stream()
    {
        static IEnumerable<int> Throwing(Exception e)
        {
            yield return 1;
            throw e;
        }

        Assert.Same(_boom, await FailureOf(Seq(Source.From(Throwing(_boom)))));
    }

    [Fact]
    public void Null_is_no_element() => Assert.Throws<ArgumentNullException>(() => Source.Single<string>(null!));

    [Fact]
    public async Task Maybe_emits_what_its_promise_is_given()
    {
        var (promise, result) = Source.Maybe<string>().ToMaterialized(Sink.Seq<string>(), Keep.Both).Run(Materializer);
        Assert.False(result.IsCompleted);
        promise.SetResult("x");
        Assert.Equal(["x"], await Within(result));
    }

    [Fact]
    public async Task Maybe_ends_without_an_element_or_with_a_failure()
    {
        var (none, result) = Source.Maybe<string>().ToMaterialized(Sink.Seq<string>(), Keep.Both).Run(Materializer);
        none.SetResult(null!);
        Assert.Equal([], await Within(result));
        var (failed, failure) = Source.Maybe<string>().ToMaterialized(Sink.Seq<string>(), Keep.Both).Run(Materializer);
        failed.SetException(_boom);
        Assert.Same(_boom, await FailureOf(failure));
    }

    [Fact]
    public async Task Maybe_s_promise_is_settled_when_the_stream_is_cancelled()
    {
        var promise = Source.Maybe<string>().To(Sink.Cancelled<string>()).Run(Materializer);
        Assert.Null(await Within(promise.Task));
    }

    [Fact]
    public async Task First_takes_one_element_and_cancels()
    {
        var (source, first) = Source.FromGraph(new ManualSource<int>()).ToMaterialized(Sink.First<int>(), Keep.Both).Run(Materializer);
        await source.Events.Expect(new Pulled());
        await source.Push(1);
        Assert.Equal(1, await Within(first));
        await source.Events.Next<Cancelled>();
    }

    [Fact]
    public async Task First_of_an_empty_stream_is_a_failure_or_the_default()
    {
        Assert.IsType<NoSuchElementException>(await FailureOf(Source.Empty<string>().RunWith(Sink.First<string>(), Materializer)));
        Assert.Null(await Within(Source.Empty<string>().RunWith(Sink.FirstOrDefault<string>(), Materializer)));
        Assert.Same(_boom, await FailureOf(Source.Failed<string>(_boom).RunWith(Sink.FirstOrDefault<string>(), Materializer)));
    }

    [Fact]
    public async Task ForEach_runs_for_each_element_and_fails_with_its_action()
    {
        var seen = new List<int>();
        await Within(Source.From([1, 2, 3]).RunForeach(seen.Add, Materializer));
        Assert.Equal([1, 2, 3], seen);
        var source = new ManualSource<int>();
        var (control, done) = Source.FromGraph(source).ToMaterialized(Sink.ForEach<int>(_ => throw _boom), Keep.Both).Run(Materializer);
        await control.Events.Expect(new Pulled());
        await control.Push(1);
        Assert.Same(_boom, await FailureOf(done));
        Assert.Same(_boom, (await control.Events.Next<Cancelled>()).Cause);
    }

    [Fact]
    public async Task Ignore_drains_the_stream()
    {
        var count = 0;
        await Within(Source.From(Enumerable.Range(0, 100)).Select(x => count++).RunWith(Sink.Ignore<int>(), Materializer));
        Assert.Equal(100, count);
        Assert.Same(_boom, await FailureOf(Source.Failed<int>(_boom).RunWith(Sink.Ignore<int>(), Materializer)));
    }

    [Fact]
    public async Task Cancelled_cancels_without_asking_for_an_element()
    {
        var source = Source.FromGraph(new ManualSource<int>()).To(Sink.Cancelled<int>()).Run(Materializer);
        await source.Events.Next<Cancelled>();
    }

    [Fact]
    public async Task OnComplete_tells_how_the_stream_ended()
    {
        var seen = new Events();
        Sink<int, NotUsed> Telling() => Sink.OnComplete<int>(() => seen.Add("completed"), seen.Add);
        Source.From([1, 2]).RunWith(Telling(), Materializer);
        await seen.Expect("completed");
        Source.Failed<int>(_boom).RunWith(Telling(), Materializer);
        await seen.Expect(_boom);
    }

    private async Task<IEnumerable<T>> Seq<T>(Source<T, NotUsed> source) => await Within(source.RunWith(Sink.Seq<T>(), Materializer));
}
