using Akka.Actor;
using Akka.Event;

namespace Akka.Streams.Implementation;

/// <summary>
/// Runs one stream. It processes a bounded number of events at a time, and then those of its mailbox, so that a busy stream
/// neither keeps its thread nor its asynchronous inputs waiting. It stops when all stages have.
/// </summary>
internal sealed class StreamActor : ActorBase, IAsyncInputs
{
    private readonly GraphInterpreter _interpreter;
    private readonly int _limit;
    private IActorRef _self = ActorRefs.Nobody;
    private bool _resumeTold;

    public StreamActor(ActorMaterializer materializer, GraphAssembly assembly)
    {
        _limit = materializer.Settings.SyncProcessingLimit;
        _interpreter = new GraphInterpreter(materializer, materializer.Logger, assembly.Logics, assembly.Connections, this);
    }

    void IAsyncInputs.Post(AsyncInput input) => _self.Tell(input, ActorRefs.NoSender);

    protected override void PreStart()
    {
        _self = Self;
        _interpreter.Start();
        GoOn();
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case AsyncInput input:
                _interpreter.Run(input);
                break;
            case Resume:
                _resumeTold = false;
                break;
            default:
                return false;
        }
        GoOn();
        return true;
    }

    protected override void PostStop() => _interpreter.Abort();

    private void GoOn()
    {
        var left = _interpreter.Execute(_limit);
        while (left > 0 && _interpreter.HasOwnInputs)
        {
            _interpreter.RunOwnInput();
            left = _interpreter.Execute(left - 1);
        }
        if (_interpreter.IsCompleted)
        {
            Context.Stop(_self);
        }
        else if (!_resumeTold && (_interpreter.HasEvents || _interpreter.HasOwnInputs))
        {
            _resumeTold = true;
            _self.Tell(Resume.Instance, ActorRefs.NoSender);
        }
    }

    internal sealed class Producer(ActorMaterializer materializer, GraphAssembly assembly) : IIndirectActorProducer
    {
        public Type ActorType => typeof(StreamActor);

        public ActorBase Produce() => new StreamActor(materializer, assembly);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Resume : IDeadLetterSuppression
    {
        public static readonly Resume Instance = new();
    }
}
