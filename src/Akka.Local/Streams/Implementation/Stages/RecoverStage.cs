using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

internal sealed class RecoverStage<T>(Func<Exception, Option<T>> recovery) : FlowStage<T, T>("recover")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, recovery);

    private sealed class Logic(RecoverStage<T> stage, Func<Exception, Option<T>> recovery) : FlowLogic<T, T>(stage)
    {
        private Option<T> _last = Option<T>.None;

        public override void OnPush() => Push(Out, Grab(In));

        public override void OnUpstreamFailure(Exception e)
        {
            _last = recovery(e);
            if (!_last.HasValue)
                FailStage(e);
            else if (IsAvailable(Out))
                PushLast();
        }

        public override void OnPull()
        {
            if (_last.HasValue)
                PushLast();
            else
                Pull(In);
        }

        private void PushLast()
        {
            Push(Out, _last.Value);
            CompleteStage();
        }
    }
}
