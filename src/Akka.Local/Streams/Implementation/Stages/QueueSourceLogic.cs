using Akka.Pattern;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Besides the buffer there is at most one offer that waits: for room in the buffer when the strategy is backpressure, for demand
/// when there is no buffer.
/// </summary>
internal sealed class QueueSourceLogic<T> : OutGraphStageLogic
{
    private readonly Outlet<T> _out;
    private readonly int _maxBuffer;
    private readonly OverflowStrategy _overflow;
    private readonly RingBuffer<T>? _buffer;
    private readonly EarlyCallback<IInput> _inputs = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Offer? _waiting;
    private bool _completing;

    public QueueSourceLogic(QueueSource<T> stage, int maxBuffer, OverflowStrategy overflow) : base(stage.Shape)
    {
        _out = stage.Out;
        _maxBuffer = maxBuffer;
        _overflow = overflow;
        _buffer = maxBuffer > 0 ? new RingBuffer<T>(maxBuffer) : null;
        SetHandler(_out, this);
    }

    public Task Completion => _completion.Task;

    private bool IsDrained => _buffer is not { IsEmpty: false } && _waiting is null;

    /// <summary>May be called from any thread, also before the start and after the end.</summary>
    public void Invoke(IInput input) => _inputs.Invoke(input);

    public override void PreStart() => _inputs.Start(GetAsyncCallback<IInput>(OnInput));

    public override void PostStop()
    {
        var detached = new StreamDetachedException();
        _completion.TrySetException(detached);
        _waiting?.TrySetException(detached);
        _inputs.Stop(input => (input as Offer)?.TrySetException(detached));
    }

    public override void OnPull()
    {
        if (_buffer is { IsEmpty: false })
        {
            Push(_out, _buffer.Dequeue());
            if (TakeWaiting() is { } offer)
                Store(offer);
        }
        else if (TakeWaiting() is { } offer)
        {
            Push(_out, offer.Element);
            offer.Answer(QueueOfferResult.Enqueued.Instance);
        }
        if (_completing && IsDrained)
            Complete();
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        TakeWaiting()?.Answer(QueueOfferResult.QueueClosed.Instance);
        Complete();
    }

    private void OnInput(IInput input)
    {
        switch (input)
        {
            case Offer offer when IsAvailable(_out) && _buffer is not { IsEmpty: false }:
                Push(_out, offer.Element);
                offer.Answer(QueueOfferResult.Enqueued.Instance);
                break;
            case Offer offer when _buffer is { IsFull: false }:
                Store(offer);
                break;
            case Offer offer when _buffer is null && _waiting is null:
                _waiting = offer;
                break;
            case Offer offer:
                Overflow(offer);
                break;
            case Failed failed:
                Fail(failed.Cause);
                break;
            case Completed when IsDrained:
                Complete();
                break;
            case Completed:
                _completing = true;
                break;
        }
    }

    private void Overflow(Offer offer)
    {
        switch (_overflow)
        {
            case OverflowStrategy.DropHead when _buffer is not null:
                _buffer.DropHead();
                Store(offer);
                break;
            case OverflowStrategy.DropTail when _buffer is not null:
                _buffer.DropTail();
                Store(offer);
                break;
            case OverflowStrategy.DropBuffer when _buffer is not null:
                _buffer.Clear();
                Store(offer);
                break;
            case OverflowStrategy.DropHead or OverflowStrategy.DropBuffer:
                _waiting!.Answer(QueueOfferResult.Dropped.Instance);
                _waiting = offer;
                break;
            case OverflowStrategy.DropTail or OverflowStrategy.DropNew:
                offer.Answer(QueueOfferResult.Dropped.Instance);
                break;
            case OverflowStrategy.Backpressure when _waiting is null:
                _waiting = offer;
                break;
            case OverflowStrategy.Backpressure:
                offer.TrySetException(new IllegalStateException("Wait for the previous offer to be answered before the next one."));
                break;
            default:
                var failure = new BufferOverflowException($"The queue of {_maxBuffer} elements has overflown");
                offer.Answer(new QueueOfferResult.Failure(failure));
                Fail(failure);
                break;
        }
    }

    private Offer? TakeWaiting()
    {
        var offer = _waiting;
        _waiting = null;
        return offer;
    }

    private void Store(Offer offer)
    {
        _buffer!.Enqueue(offer.Element);
        offer.Answer(QueueOfferResult.Enqueued.Instance);
    }

    private void Complete()
    {
        _completion.TrySetResult();
        CompleteStage();
    }

    private void Fail(Exception cause)
    {
        _completion.TrySetException(cause);
        FailStage(cause);
    }

    internal interface IInput;

    /// <summary>An element and the promise of what becomes of it, in one.</summary>
    internal sealed class Offer(T element)
        : TaskCompletionSource<IQueueOfferResult>(TaskCreationOptions.RunContinuationsAsynchronously), IInput
    {
        public T Element => element;

        public void Answer(IQueueOfferResult result) => TrySetResult(result);
    }

    internal sealed class Completed : IInput
    {
        public static readonly Completed Instance = new();
    }

    internal sealed class Failed(Exception cause) : IInput
    {
        public Exception Cause => cause;
    }
}
