using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class TakeStage<T>(long count) : FlowStage<T, T>("take")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, count);

    private sealed class Logic(TakeStage<T> stage, long count) : FlowLogic<T, T>(stage)
    {
        private long _left = count;

        public override void OnPush()
        {
            _left--;
            Push(Out, Grab(In));
            if (_left == 0)
                CompleteStage();
        }

        public override void OnPull()
        {
            if (_left > 0)
                Pull(In);
            else
                CompleteStage();
        }
    }
}
