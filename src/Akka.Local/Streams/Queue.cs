namespace Akka.Streams;

/// <summary>The way into a running stream for code outside of it; every method may be called from any thread.</summary>
public interface ISourceQueue<in T>
{
    /// <summary>
    /// Completes with what became of the element. It fails with a <see cref="StreamDetachedException"/> once the stage has stopped.
    /// </summary>
    Task<IQueueOfferResult> OfferAsync(T element);

    /// <summary>Completes when the stream has completed or was cancelled, fails when it failed.</summary>
    Task WatchCompletionAsync();
}

public interface ISourceQueueWithComplete<in T> : ISourceQueue<T>
{
    /// <summary>Completes the stream after the elements that the queue already holds.</summary>
    void Complete();

    /// <summary>Fails the stream at once; what the queue holds is lost.</summary>
    void Fail(Exception ex);

    new Task WatchCompletionAsync();
}

public interface IQueueOfferResult;

public sealed class QueueOfferResult
{
    private QueueOfferResult()
    {
    }

    public sealed class Enqueued : IQueueOfferResult
    {
        public static readonly Enqueued Instance = new();

        private Enqueued()
        {
        }
    }

    public sealed class Dropped : IQueueOfferResult
    {
        public static readonly Dropped Instance = new();

        private Dropped()
        {
        }
    }

    public sealed class Failure(Exception cause) : IQueueOfferResult
    {
        public Exception Cause { get; } = cause;
    }

    public sealed class QueueClosed : IQueueOfferResult
    {
        public static readonly QueueClosed Instance = new();

        private QueueClosed()
        {
        }
    }
}
