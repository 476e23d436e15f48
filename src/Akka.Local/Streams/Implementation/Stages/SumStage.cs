using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>An aggregate that starts with the first element; a stream without one fails.</summary>
internal sealed class SumStage<T>(Func<T, T, T> reduce) : FlowStage<T, T>("sum")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, reduce);

    private sealed class Logic(SumStage<T> stage, Func<T, T, T> reduce) : FlowLogic<T, T>(stage)
    {
        private T? _sum;
        private bool _any;

        public override void OnPush()
        {
            var element = Grab(In);
            _sum = _any ? reduce(_sum!, element) : element;
            _any = true;
            Pull(In);
        }

        public override void OnUpstreamFinish()
        {
            if (!_any)
            {
                FailStage(new NoSuchElementException("A stream without elements has no sum"));
                return;
            }
            // Nothing is ever pulled but for a result, so there is demand for it.
            Push(Out, _sum!);
            CompleteStage();
        }
    }
}
