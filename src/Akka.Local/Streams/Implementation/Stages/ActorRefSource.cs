using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>A source whose reference exists before its stage does, which is why it takes more than a stage.</summary>
internal sealed class ActorRefSourceModule<T>(int bufferSize, OverflowStrategy overflow)
    : Module(new SourceShape<T>(new Outlet<T>("actorRefSource.out")), Attributes.CreateName("actorRefSource"))
{
    protected override object Build(GraphAssembly assembly, Attributes attributes)
    {
        GraphAssembly.NumberPorts(Shape);
        var inputs = new EarlyCallback<object>();
        var materializer = assembly.Materializer;
        var reference = new FunctionRef(
            (ActorSystemImpl)materializer.System,
            materializer.Supervisor.Path / (assembly.Name + "-actorRefSource"),
            (_, message) => inputs.Invoke(message));
        assembly.Add(new Logic((SourceShape<T>)Shape, bufferSize, overflow, inputs, reference), Shape);
        return reference;
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Outlet<T> _out;
        private readonly OverflowStrategy _overflow;
        private readonly RingBuffer<T>? _buffer;
        private readonly EarlyCallback<object> _inputs;
        private readonly FunctionRef _ref;
        private bool _completing;

        public Logic(SourceShape<T> shape, int bufferSize, OverflowStrategy overflow, EarlyCallback<object> inputs, FunctionRef reference)
            : base(shape)
        {
            _out = shape.Outlet;
            _overflow = overflow;
            _buffer = bufferSize > 0 ? new RingBuffer<T>(bufferSize) : null;
            _inputs = inputs;
            _ref = reference;
            SetHandler(_out, this);
        }

        public override void PreStart() => _inputs.Start(GetAsyncCallback<object>(OnMessage));

        public override void PostStop() => _ref.Stop();

        public override void OnPull()
        {
            if (_buffer is { IsEmpty: false })
                Push(_out, _buffer.Dequeue());
            if (_completing && _buffer is not { IsEmpty: false })
                CompleteStage();
        }

        private void OnMessage(object message)
        {
            switch (message)
            {
                case PoisonPill:
                    CompleteStage();
                    break;
                case Status.Success when _buffer is { IsEmpty: false }:
                    _completing = true;
                    break;
                case Status.Success:
                    CompleteStage();
                    break;
                case Status.Failure failure:
                    FailStage(failure.Cause);
                    break;
                case T element when !_completing:
                    OnElement(element);
                    break;
            }
        }

        private void OnElement(T element)
        {
            if (IsAvailable(_out))
                Push(_out, element);
            else if (_buffer is not null && (!_buffer.IsFull || MakeRoom(_buffer)))
                _buffer.Enqueue(element);
        }

        private bool MakeRoom(RingBuffer<T> buffer)
        {
            switch (_overflow)
            {
                case OverflowStrategy.DropHead:
                    buffer.DropHead();
                    return true;
                case OverflowStrategy.DropTail:
                    buffer.DropTail();
                    return true;
                case OverflowStrategy.DropBuffer:
                    buffer.Clear();
                    return true;
                case OverflowStrategy.Fail:
                    FailStage(new BufferOverflowException($"The buffer of {buffer.Count} elements has overflown"));
                    return false;
                default:
                    return false;
            }
        }
    }
}
