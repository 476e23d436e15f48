using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class SelectStage<TIn, TOut>(Func<TIn, TOut> mapper) : FlowStage<TIn, TOut>("select")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, mapper);

    private sealed class Logic(SelectStage<TIn, TOut> stage, Func<TIn, TOut> mapper) : FlowLogic<TIn, TOut>(stage)
    {
        public override void OnPush() => Push(Out, mapper(Grab(In)));
    }
}
