using Akka.Streams.Implementation.Stages;
using Akka.Util;

namespace Akka.Streams.Dsl;

/// <summary>The operators of a source.</summary>
public static class SourceOperations
{
    /// <summary>Maps each element.</summary>
    public static Source<TOut2, TMat> Select<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, Func<TOut1, TOut2> mapper) =>
        flow.Via(new SelectStage<TOut1, TOut2>(mapper));

    /// <summary>Lets through what the predicate holds for.</summary>
    public static Source<TOut, TMat> Where<TOut, TMat>(
        this Source<TOut, TMat> flow, Predicate<TOut> predicate) =>
        flow.Via(new WhereStage<TOut>(predicate));

    /// <summary>Starts up to <paramref name="parallelism"/> tasks at once and emits their results in the order of the elements.</summary>
    public static Source<TOut2, TMat> SelectAsync<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, int parallelism, Func<TOut1, Task<TOut2>> asyncMapper) =>
        flow.Via(new SelectAsyncStage<TOut1, TOut2>(parallelism, asyncMapper));

    /// <summary>Starts up to <paramref name="parallelism"/> tasks at once and emits their results as they come.</summary>
    public static Source<TOut2, TMat> SelectAsyncUnordered<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, int parallelism, Func<TOut1, Task<TOut2>> asyncMapper) =>
        flow.Via(new SelectAsyncUnorderedStage<TOut1, TOut2>(parallelism, asyncMapper));

    /// <summary>Completes after <paramref name="n"/> elements and cancels upstream.</summary>
    public static Source<TOut, TMat> Take<TOut, TMat>(
        this Source<TOut, TMat> flow, long n) =>
        flow.Via(new TakeStage<TOut>(n));

    /// <summary>Drops the first <paramref name="n"/> elements.</summary>
    public static Source<TOut, TMat> Skip<TOut, TMat>(
        this Source<TOut, TMat> flow, long n) =>
        flow.Via(new SkipStage<TOut>(n));

    /// <summary>Decouples a fast upstream from a slow downstream by up to <paramref name="size"/> elements.</summary>
    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Via(new BufferStage<TOut>(size, strategy));

    /// <summary>Lists of <paramref name="n"/> elements; the last may be shorter.</summary>
    public static Source<IEnumerable<TOut>, TMat> Grouped<TOut, TMat>(
        this Source<TOut, TMat> flow, int n) =>
        flow.Via(new GroupedStage<TOut>(n));

    /// <summary>Ends the stream with a last element instead of a failure, if the function has one for it.</summary>
    public static Source<TOut, TMat> Recover<TOut, TMat>(
        this Source<TOut, TMat> flow, Func<Exception, Option<TOut>> partialFunc) =>
        flow.Via(new RecoverStage<TOut>(partialFunc));

    /// <summary>One element, when the stream has completed.</summary>
    public static Source<TOut2, TMat> Aggregate<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Via(new AggregateStage<TOut1, TOut2>(zero, fold));

    /// <summary>As an aggregate that starts with the first element; a stream without one fails.</summary>
    public static Source<TOut, TMat> Sum<TOut, TMat>(
        this Source<TOut, TMat> flow, Func<TOut, TOut, TOut> reduce) =>
        flow.Via(new SumStage<TOut>(reduce));

    /// <summary>Adds a task that ends as the stream does at this place.</summary>
    public static Source<TOut, TMat2> WatchTermination<TOut, TMat, TMat2>(
        this Source<TOut, TMat> flow, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        flow.ViaMaterialized(new WatchTerminationStage<TOut>(), materializerFunction);
}
