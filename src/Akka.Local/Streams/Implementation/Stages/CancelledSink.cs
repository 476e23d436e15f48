using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class CancelledSink<T> : GraphStage<SinkShape<T>>
{
    private readonly Inlet<T> _in = new("cancelledSink.in");

    public CancelledSink() => Shape = new SinkShape<T>(_in);

    public override SinkShape<T> Shape { get; }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly Inlet<T> _in;

        public Logic(CancelledSink<T> stage) : base(stage.Shape)
        {
            _in = stage._in;
            SetHandler(_in, this);
        }

        public override void PreStart() => Cancel(_in);

        public override void OnPush()
        {
        }
    }
}
