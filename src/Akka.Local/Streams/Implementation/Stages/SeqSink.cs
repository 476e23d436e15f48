using System.Collections.Immutable;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Keeps all elements.</summary>
internal sealed class SeqSink<T>() : SinkStage<T, IImmutableList<T>>("seqSink")
{
    protected override SinkLogic<T, IImmutableList<T>> CreateLogic() => new Logic(this);

    private sealed class Logic(SeqSink<T> stage) : SinkLogic<T, IImmutableList<T>>(stage)
    {
        private readonly ImmutableList<T>.Builder _elements = ImmutableList.CreateBuilder<T>();

        public override void OnPush()
        {
            _elements.Add(Grab(In));
            Pull(In);
        }

        public override void OnUpstreamFinish()
        {
            Result.TrySetResult(_elements.ToImmutable());
            CompleteStage();
        }

        public override void PostStop()
        {
            if (!Result.Task.IsCompleted)
                Result.TrySetException(new AbruptStageTerminationException(this));
        }
    }
}
