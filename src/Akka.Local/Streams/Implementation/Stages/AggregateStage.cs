using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class AggregateStage<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> aggregate) : FlowStage<TIn, TOut>("aggregate")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, zero, aggregate);

    private sealed class Logic(AggregateStage<TIn, TOut> stage, TOut zero, Func<TOut, TIn, TOut> aggregate)
        : FlowLogic<TIn, TOut>(stage)
    {
        private TOut _result = zero;

        public override void OnPush()
        {
            _result = aggregate(_result, Grab(In));
            Pull(In);
        }

        public override void OnUpstreamFinish()
        {
            if (IsAvailable(Out))
                PushResult();
        }

        public override void OnPull()
        {
            if (IsClosed(In))
                PushResult();
            else
                Pull(In);
        }

        private void PushResult()
        {
            Push(Out, _result);
            CompleteStage();
        }
    }
}
