using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class SingleSource<T> : SourceStage<T>
{
    private readonly T _element;

    public SingleSource(T element) : base("singleSource")
    {
        if (element is null)
            throw new ArgumentNullException(nameof(element), "A stream's element must not be null");
        _element = element;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, _element);

    private sealed class Logic(SingleSource<T> stage, T element) : SourceLogic<T>(stage)
    {
        public override void OnPull()
        {
            Push(Out, element);
            CompleteStage();
        }
    }
}

internal sealed class RepeatSource<T>(T element) : SourceStage<T>("repeat")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, element);

    private sealed class Logic(RepeatSource<T> stage, T element) : SourceLogic<T>(stage)
    {
        public override void OnPull() => Push(Out, element);
    }
}

/// <summary>Ends at once, without waiting for demand.</summary>
internal sealed class EmptySource<T>() : SourceStage<T>("emptySource")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic(EmptySource<T> stage) : SourceLogic<T>(stage)
    {
        public override void PreStart() => CompleteStage();

        public override void OnPull() => CompleteStage();
    }
}

/// <summary>Fails at once, without waiting for demand.</summary>
internal sealed class FailedSource<T>(Exception cause) : SourceStage<T>("failedSource")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, cause);

    private sealed class Logic(FailedSource<T> stage, Exception cause) : SourceLogic<T>(stage)
    {
        public override void PreStart() => FailStage(cause);

        public override void OnPull() => FailStage(cause);
    }
}
