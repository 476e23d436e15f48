using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal sealed class BufferStage<T> : FlowStage<T, T>
{
    private readonly int _size;
    private readonly OverflowStrategy _overflow;

    public BufferStage(int size, OverflowStrategy overflow) : base("buffer")
    {
        if (size <= 0)
            throw new ArgumentException("A buffer holds at least one element", nameof(size));
        _size = size;
        _overflow = overflow;
    }

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, _size, _overflow);

    private sealed class Logic(BufferStage<T> stage, int size, OverflowStrategy overflow) : FlowLogic<T, T>(stage)
    {
        private readonly RingBuffer<T> _buffer = new(size);

        public override void PreStart() => Pull(In);

        public override void OnPush()
        {
            var element = Grab(In);
            if (IsAvailable(Out))
            {
                // There is demand that the buffer could not meet, so it is empty.
                Push(Out, element);
                Pull(In);
            }
            else if (!_buffer.IsFull || MakeRoom())
            {
                _buffer.Enqueue(element);
                if (overflow != OverflowStrategy.Backpressure || !_buffer.IsFull)
                    Pull(In);
            }
            else if (overflow == OverflowStrategy.DropNew)
            {
                Pull(In);
            }
            else
            {
                FailStage(new BufferOverflowException($"The buffer of {size} elements has overflown"));
            }
        }

        public override void OnPull()
        {
            if (!_buffer.IsEmpty)
                Push(Out, _buffer.Dequeue());
            if (IsClosed(In))
            {
                if (_buffer.IsEmpty)
                    CompleteStage();
            }
            else if (!HasBeenPulled(In))
            {
                Pull(In);
            }
        }

        public override void OnUpstreamFinish()
        {
            if (_buffer.IsEmpty)
                CompleteStage();
        }

        private bool MakeRoom()
        {
            switch (overflow)
            {
                case OverflowStrategy.DropHead:
                    _buffer.DropHead();
                    return true;
                case OverflowStrategy.DropTail:
                    _buffer.DropTail();
                    return true;
                case OverflowStrategy.DropBuffer:
                    _buffer.Clear();
                    return true;
                default:
                    return false;
            }
        }
    }
}
