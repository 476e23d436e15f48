using Akka.Actor;
using Akka.Event;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Tells each element to an actor, without backpressure from it, and at last how the stream ended. Cancels when the actor stops.
/// </summary>
internal sealed class ActorRefSink<T> : GraphStage<SinkShape<T>>
{
    private readonly Inlet<T> _in = new("actorRefSink.in");
    private readonly IActorRef _actor;
    private readonly object _onComplete;
    private readonly Func<Exception, object> _onFailure;

    public ActorRefSink(IActorRef actor, object onComplete, Func<Exception, object> onFailure)
    {
        _actor = actor;
        _onComplete = onComplete;
        _onFailure = onFailure;
        Shape = new SinkShape<T>(_in);
    }

    public override SinkShape<T> Shape { get; }

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("actorRefSink");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InGraphStageLogic
    {
        private readonly ActorRefSink<T> _stage;
        private bool _told;

        public Logic(ActorRefSink<T> stage) : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._in, this);
        }

        public override void PreStart()
        {
            GetStageActor(OnMessage).Watch(_stage._actor);
            Pull(_stage._in);
        }

        public override void OnPush()
        {
            _stage._actor.Tell(Grab(_stage._in)!, ActorRefs.NoSender);
            Pull(_stage._in);
        }

        public override void OnUpstreamFinish()
        {
            TellLast(_stage._onComplete);
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            TellLast(_stage._onFailure(e));
            FailStage(e);
        }

        public override void PostStop()
        {
            if (!_told)
                TellLast(_stage._onFailure(new AbruptStageTerminationException(this)));
        }

        private void OnMessage((IActorRef Sender, object Message) args)
        {
            if (args.Message is Terminated terminated && terminated.ActorRef.Equals(_stage._actor))
                CompleteStage();
            else
                Log.Error("Unexpected message of type {0} to a stream's sink", args.Message.GetType());
        }

        private void TellLast(object message)
        {
            _told = true;
            _stage._actor.Tell(message, ActorRefs.NoSender);
        }
    }
}
