using Akka.Pattern;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Akka.Contract.Tests.Streams;

public sealed class QueueSourceSpecs : StreamSpec
{
    [Fact]
    public async Task Offers_arrive_in_order_as_there_is_demand()
    {
        var (queue, sink) = Run(16, OverflowStrategy.Backpressure);
        for (var i = 1; i <= 3; i++)
            await Offer<QueueOfferResult.Enqueued>(queue, i);
        for (var i = 1; i <= 3; i++)
            Assert.Equal(i, await sink.Next());
        await sink.Pull();
        await Offer<QueueOfferResult.Enqueued>(queue, 4);
        await sink.Events.Expect(new Pushed(4));
    }

    [Fact]
    public async Task Offers_made_before_the_stream_has_started_are_not_lost()
    {
        for (var i = 0; i < 50; i++)
        {
            var (queue, result) = Source.Queue<int>(4, OverflowStrategy.Fail).Take(1).ToMaterialized(Sink.First<int>(), Keep.Both).Run(Materializer);
            _ = queue.OfferAsync(i);
            Assert.Equal(i, await Within(result));
        }
    }

    [Theory]
    [InlineData(OverflowStrategy.DropHead, new[] { 2, 3 })]
    [InlineData(OverflowStrategy.DropTail, new[] { 1, 3 })]
    [InlineData(OverflowStrategy.DropBuffer, new[] { 3 })]
    public async Task A_full_queue_makes_room(OverflowStrategy strategy, int[] expected)
    {
        var (queue, sink) = Run(2, strategy);
        for (var i = 1; i <= 3; i++)
            await Offer<QueueOfferResult.Enqueued>(queue, i);
        foreach (var i in expected)
            Assert.Equal(i, await sink.Next());
        await sink.Pull();
        await sink.Settle();
        sink.Events.ExpectNone();
    }

    [Fact]
    public async Task A_full_queue_drops_the_new_element()
    {
        var (queue, sink) = Run(2, OverflowStrategy.DropNew);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        await Offer<QueueOfferResult.Enqueued>(queue, 2);
        await Offer<QueueOfferResult.Dropped>(queue, 3);
        Assert.Equal(1, await sink.Next());
        Assert.Equal(2, await sink.Next());
    }

    [Fact]
    public async Task A_full_queue_fails_the_stream()
    {
        var (queue, sink) = Run(1, OverflowStrategy.Fail);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        var failure = await Offer<QueueOfferResult.Failure>(queue, 2);
        Assert.IsType<BufferOverflowException>(failure.Cause);
        Assert.IsType<BufferOverflowException>((await sink.Events.Next<Failed>()).Cause);
        Assert.IsType<BufferOverflowException>(await FailureOf(queue.WatchCompletionAsync()));
    }

    [Fact]
    public async Task A_full_queue_lets_one_offer_wait_and_refuses_the_next()
    {
        var (queue, sink) = Run(1, OverflowStrategy.Backpressure);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        var waiting = queue.OfferAsync(2);
        Assert.IsType<IllegalStateException>(await FailureOf(queue.OfferAsync(3)));
        Assert.False(waiting.IsCompleted);
        Assert.Equal(1, await sink.Next());
        Assert.IsType<QueueOfferResult.Enqueued>(await Within(waiting));
        Assert.Equal(2, await sink.Next());
    }

    [Fact]
    public async Task Without_a_buffer_an_offer_waits_for_demand()
    {
        var (queue, sink) = Run(0, OverflowStrategy.DropHead);
        var first = queue.OfferAsync(1);
        var second = queue.OfferAsync(2);
        Assert.IsType<QueueOfferResult.Dropped>(await Within(first));
        Assert.Equal(2, await sink.Next());
        Assert.IsType<QueueOfferResult.Enqueued>(await Within(second));
    }

    [Fact]
    public async Task Completing_lets_the_buffered_elements_out_first()
    {
        var (queue, sink) = Run(4, OverflowStrategy.Backpressure);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        await Offer<QueueOfferResult.Enqueued>(queue, 2);
        queue.Complete();
        Assert.Equal(1, await sink.Next());
        Assert.Equal(2, await sink.Next());
        await sink.Events.Expect(new Finished());
        await Within(queue.WatchCompletionAsync());
    }

    [Fact]
    public async Task Failing_does_not_wait_for_the_buffered_elements()
    {
        var boom = new InvalidOperationException("boom");
        var (queue, sink) = Run(4, OverflowStrategy.Backpressure);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        queue.Fail(boom);
        await sink.Events.Expect(new Failed(boom));
        Assert.Same(boom, await FailureOf(queue.WatchCompletionAsync()));
    }

    [Fact]
    public async Task A_cancelled_stream_completes_the_queue_and_refuses_the_waiting_offer()
    {
        var (queue, sink) = Run(1, OverflowStrategy.Backpressure);
        await Offer<QueueOfferResult.Enqueued>(queue, 1);
        var waiting = queue.OfferAsync(2);
        await sink.Settle();
        await sink.Cancel();
        Assert.IsType<QueueOfferResult.QueueClosed>(await Within(waiting));
        await Within(queue.WatchCompletionAsync());
    }

    [Fact]
    public async Task An_offer_to_an_ended_stream_fails()
    {
        var (queue, sink) = Run(1, OverflowStrategy.Backpressure);
        queue.Complete();
        await sink.Events.Expect(new Finished());
        await Within(queue.WatchCompletionAsync());
        await sink.Events.Expect(new Stopped());
        // An offer that comes just before the queue has stopped is lost without an answer.
        Exception? failure;
        do
            failure = await Record.ExceptionAsync(() => queue.OfferAsync(1).WaitAsync(TimeSpan.FromMilliseconds(50)));
        while (failure is TimeoutException);
        Assert.IsType<StreamDetachedException>(failure);
    }

    private static async Task<TResult> Offer<TResult>(ISourceQueueWithComplete<int> queue, int element) =>
        Assert.IsType<TResult>(await Within(queue.OfferAsync(element)));

    private (ISourceQueueWithComplete<int> Queue, ManualSink<int>.Control Sink) Run(int size, OverflowStrategy strategy) =>
        Source.Queue<int>(size, strategy).ToMaterialized(new ManualSink<int>(), Keep.Both).Run(Materializer);
}
