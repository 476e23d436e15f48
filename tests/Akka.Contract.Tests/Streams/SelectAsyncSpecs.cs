using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class SelectAsyncSpecs : StreamSpec
{
    private readonly TaskCompletionSource<int>[] _tasks = [.. Enumerable.Range(0, 10).Select(_ => new TaskCompletionSource<int>())];
    private readonly Events _started = new();

    [Fact]
    public async Task Ordered_results_keep_the_order_of_the_elements()
    {
        var result = Source.From(Enumerable.Range(0, 4)).SelectAsync(4, Start).RunWith(Sink.Seq<int>(), Materializer);
        await _started.Expect(0, 1, 2, 3);
        foreach (var i in new[] { 2, 0, 3, 1 })
            _tasks[i].SetResult(i);
        Assert.Equal([0, 1, 2, 3], await Within(result));
    }

    [Fact]
    public async Task Unordered_results_come_as_they_are_ready()
    {
        var sink = Source.From(Enumerable.Range(0, 4)).SelectAsyncUnordered(4, Start).RunWith(new ManualSink<int>(), Materializer);
        await sink.Pull();
        await _started.Expect(0, 1, 2, 3);
        _tasks[2].SetResult(2);
        await sink.Events.Expect(new Pushed(2));
        await sink.Pull();
        _tasks[0].SetResult(0);
        await sink.Events.Expect(new Pushed(0));
        await sink.Pull();
        _tasks[3].SetResult(3);
        await sink.Events.Expect(new Pushed(3));
        await sink.Pull();
        _tasks[1].SetResult(1);
        await sink.Events.Expect(new Pushed(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_more_than_so_many_tasks_run_at_once(bool ordered)
    {
        var sink = Run(ordered, 3);
        await sink.Pull();
        await _started.Expect(0, 1, 2);
        await sink.Settle();
        _started.ExpectNone();
        _tasks[0].SetResult(0);
        await sink.Events.Expect(new Pushed(0));
        await _started.Expect(3);
        await sink.Settle();
        _started.ExpectNone();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Results_that_wait_for_demand_count_as_running(bool ordered)
    {
        var sink = Run(ordered, 2);
        await sink.Pull();
        await _started.Expect(0, 1);
        _tasks[0].SetResult(0);
        await sink.Events.Expect(new Pushed(0));
        await _started.Expect(2);
        _tasks[1].SetResult(1);
        _tasks[2].SetResult(2);
        await sink.Settle();
        _started.ExpectNone();
        Assert.Equal(1, await sink.Next());
        await _started.Expect(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Completion_waits_for_the_running_tasks(bool ordered)
    {
        var result = (ordered
            ? Source.From(Enumerable.Range(0, 2)).SelectAsync(4, Start)
            : Source.From(Enumerable.Range(0, 2)).SelectAsyncUnordered(4, Start)).RunWith(Sink.Seq<int>(), Materializer);
        await _started.Expect(0, 1);
        _tasks[0].SetResult(0);
        Assert.False(result.IsCompleted);
        _tasks[1].SetResult(1);
        Assert.Equal([0, 1], await Within(result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_that_fails_fails_the_stream_without_waiting_for_its_turn(bool ordered)
    {
        var boom = new InvalidOperationException("boom");
        var sink = Run(ordered, 3);
        await sink.Pull();
        await _started.Expect(0, 1, 2);
        _tasks[2].SetException(boom);
        Assert.Same(boom, Root((await sink.Events.Next<Failed>()).Cause));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_function_that_throws_fails_the_stream(bool ordered)
    {
        var boom = new InvalidOperationException("boom");
        Task<int> Throw(int i) => throw boom;
        var source = Source.From(Enumerable.Range(0, 4));
        var result = (ordered ? source.SelectAsync(2, Throw) : source.SelectAsyncUnordered(2, Throw)).RunWith(Sink.Ignore<int>(), Materializer);
        Assert.Same(boom, await FailureOf(result));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ten_thousand_tasks_that_are_done_at_once_come_through(bool ordered)
    {
        var source = Source.From(Enumerable.Range(0, 10_000));
        static Task<int> Done(int i) => Task.FromResult(i);
        var sum = (ordered ? source.SelectAsync(4, Done) : source.SelectAsyncUnordered(4, Done)).RunAggregate(0L, (a, x) => a + x, Materializer);
        Assert.Equal(49_995_000L, await Within(sum));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tasks_that_finish_on_other_threads_all_come_through(bool ordered)
    {
        var source = Source.From(Enumerable.Range(0, 2_000));
        static async Task<int> Later(int i)
        {
            await Task.Yield();
            return i;
        }

        var sum = (ordered ? source.SelectAsync(8, Later) : source.SelectAsyncUnordered(8, Later)).RunAggregate(0L, (a, x) => a + x, Materializer);
        Assert.Equal(1_999_000L, await Within(sum));
    }

    private Task<int> Start(int i)
    {
        _started.Add(i);
        return _tasks[i].Task;
    }

    private ManualSink<int>.Control Run(bool ordered, int parallelism)
    {
        var source = Source.From(Enumerable.Range(0, 10));
        return (ordered ? source.SelectAsync(parallelism, Start) : source.SelectAsyncUnordered(parallelism, Start)).RunWith(new ManualSink<int>(), Materializer);
    }
}
