namespace Akka.Streams.Implementation.Stages;

/// <summary>Takes one element and cancels. A stream without elements gives the default value, or fails if there must be one.</summary>
internal sealed class FirstSink<T>(bool failsIfEmpty) : SinkStage<T, T>("firstSink")
{
    protected override SinkLogic<T, T> CreateLogic() => new Logic(this, failsIfEmpty);

    private sealed class Logic(FirstSink<T> stage, bool failsIfEmpty) : SinkLogic<T, T>(stage)
    {
        public override void OnPush()
        {
            Result.TrySetResult(Grab(In));
            CompleteStage();
        }

        public override void OnUpstreamFinish()
        {
            if (failsIfEmpty)
                Result.TrySetException(new NoSuchElementException("A stream without elements has no first one"));
            else
                Result.TrySetResult(default!);
            CompleteStage();
        }
    }
}
