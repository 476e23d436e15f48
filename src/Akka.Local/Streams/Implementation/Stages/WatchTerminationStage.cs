using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Lets everything through and materialises a task that ends as the stream does at this place.</summary>
internal sealed class WatchTerminationStage<T> : GraphStageWithMaterializedValue<FlowShape<T, T>, Task<Done>>
{
    private readonly Inlet<T> _in = new("watchTermination.in");
    private readonly Outlet<T> _out = new("watchTermination.out");

    public WatchTerminationStage() => Shape = new FlowShape<T, T>(_in, _out);

    public override FlowShape<T, T> Shape { get; }

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("watchTermination");

    public override ILogicAndMaterializedValue<Task<Done>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<Task<Done>>(logic, logic.Ended.Task);
    }

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly WatchTerminationStage<T> _stage;

        public Logic(WatchTerminationStage<T> stage) : base(stage.Shape)
        {
            _stage = stage;
            SetHandlers(stage._in, stage._out, this);
        }

        public TaskCompletionSource<Done> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void OnPush() => Push(_stage._out, Grab(_stage._in));

        public override void OnPull() => Pull(_stage._in);

        public override void OnUpstreamFinish()
        {
            Ended.TrySetResult(Done.Instance);
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            Ended.TrySetException(e);
            FailStage(e);
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (cause is SubscriptionWithCancelException.NonFailureCancellation)
                Ended.TrySetResult(Done.Instance);
            else
                Ended.TrySetException(cause);
            CancelStage(cause);
        }

        public override void PostStop()
        {
            if (!Ended.Task.IsCompleted)
                Ended.TrySetException(new AbruptStageTerminationException(this));
        }
    }
}
