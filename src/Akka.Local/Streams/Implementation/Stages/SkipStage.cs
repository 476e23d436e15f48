using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class SkipStage<T>(long count) : FlowStage<T, T>("skip")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, count);

    private sealed class Logic(SkipStage<T> stage, long count) : FlowLogic<T, T>(stage)
    {
        private long _left = count;

        public override void OnPush()
        {
            if (_left > 0)
            {
                _left--;
                Pull(In);
            }
            else
            {
                Push(Out, Grab(In));
            }
        }
    }
}
