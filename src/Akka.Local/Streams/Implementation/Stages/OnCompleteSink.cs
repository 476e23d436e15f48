using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Drops the elements and tells how the stream ended, exactly once.</summary>
internal sealed class OnCompleteSink<T> : GraphStage<SinkShape<T>>
{
    private readonly Inlet<T> _in = new("onCompleteSink.in");
    private readonly Action _success;
    private readonly Action<Exception> _failure;

    public OnCompleteSink(Action success, Action<Exception> failure)
    {
        _success = success;
        _failure = failure;
        Shape = new SinkShape<T>(_in);
    }

    public override SinkShape<T> Shape { get; }

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("onCompleteSink");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly OnCompleteSink<T> _stage;
        private bool _told;

        public Logic(OnCompleteSink<T> stage) : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._in, this);
        }

        public override void PreStart() => Pull(_stage._in);

        public override void OnPush()
        {
            Grab(_stage._in);
            Pull(_stage._in);
        }

        public override void OnUpstreamFinish()
        {
            _told = true;
            _stage._success();
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            _told = true;
            _stage._failure(e);
            FailStage(e);
        }

        public override void PostStop()
        {
            if (!_told)
                _stage._failure(new AbruptStageTerminationException(this));
        }
    }
}
