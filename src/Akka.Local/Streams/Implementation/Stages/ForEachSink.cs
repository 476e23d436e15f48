using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Runs an action for each element and fails with it; without one it only keeps the stream flowing.</summary>
internal sealed class ForEachSink<T>(string name, Action<T>? action) : SinkStage<T, Done>(name)
{
    protected override SinkLogic<T, Done> CreateLogic() => new Logic(this, action);

    private sealed class Logic(ForEachSink<T> stage, Action<T>? action) : SinkLogic<T, Done>(stage)
    {
        public override void OnPush()
        {
            var element = Grab(In);
            if (action is not null && !Run(action, element)) return;
            Pull(In);
        }

        public override void OnUpstreamFinish()
        {
            CompleteStage();
            Result.TrySetResult(Done.Instance);
        }

        private bool Run(Action<T> action, T element)
        {
            try
            {
                action(element);
                return true;
            }
            catch (Exception e)
            {
                Result.TrySetException(e);
                FailStage(e);
                return false;
            }
        }
    }
}
