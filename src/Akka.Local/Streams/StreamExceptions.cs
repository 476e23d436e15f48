using Akka.Streams.Stage;

namespace Akka.Streams;

/// <summary>A stage was stopped with its stream still running: the materializer, its parent or the system ended.</summary>
public sealed class AbruptStageTerminationException(GraphStageLogic logic)
    : Exception($"{logic} was stopped while its stream was still running.");

/// <summary>An element was offered to a stream that has ended.</summary>
public class StreamDetachedException : Exception
{
    public StreamDetachedException() : base("The stream has ended: nothing takes elements any more.")
    {
    }
}

public class NoSuchElementException(string message) : Exception(message);

public static class SubscriptionWithCancelException
{
    /// <summary>A cancellation that is an ordinary end: it must not become a failure further up.</summary>
    public abstract class NonFailureCancellation : Exception
    {
        public sealed override string StackTrace => "";
    }

    public sealed class NoMoreElementsNeeded : NonFailureCancellation
    {
        public static readonly NoMoreElementsNeeded Instance = new();

        private NoMoreElementsNeeded()
        {
        }
    }

    public sealed class StageWasCompleted : NonFailureCancellation
    {
        public static readonly StageWasCompleted Instance = new();

        private StageWasCompleted()
        {
        }
    }
}
