using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// The source of the peek flow: connections come from any thread and go on as the flow demands. Those it does not demand yet wait
/// here, at most <c>capacity</c> of them; then <see cref="IPeekQueue.Offer"/> says no.
/// </summary>
public sealed class PeekInlet(int capacity) : GraphStageWithMaterializedValue<SourceShape<PeekRequest>, IPeekQueue>
{
    private readonly Outlet<PeekRequest> _out = new("PeekInlet.Out");

    public override SourceShape<PeekRequest> Shape => new(_out);

    public override ILogicAndMaterializedValue<IPeekQueue> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(Shape, _out, capacity);
        return new LogicAndMaterializedValue<IPeekQueue>(logic, logic);
    }

    /// <summary>
    /// Requests wait in a queue that any thread may write; the stage is woken once for all that came since it last looked. The stage
    /// starts some time after it was materialised and may stop at any time, and no request may be lost at either end.
    /// </summary>
    private sealed class Logic : OutGraphStageLogic, IPeekQueue
    {
        private readonly Outlet<PeekRequest> _out;
        private readonly int _capacity;
        private readonly ConcurrentQueue<PeekRequest> _waiting = new();
        private readonly Action _wake;
        private int _count;
        private int _woken;
        private volatile bool _started, _stopped, _completing;

        public Logic(Shape shape, Outlet<PeekRequest> outlet, int capacity) : base(shape)
        {
            _out = outlet;
            _capacity = capacity;
            _wake = GetAsyncCallback(OnWake);
            SetHandler(outlet, this);
        }

        public bool Offer(PeekRequest request)
        {
            if (_stopped || _completing)
                return false;
            if (Interlocked.Increment(ref _count) > _capacity)
            {
                Interlocked.Decrement(ref _count);
                return false;
            }
            _waiting.Enqueue(request);
            Wake();
            // The stage may have stopped between the first look and the enqueuing, after it had emptied the queue.
            if (_stopped)
                InterruptAll();
            return true;
        }

        public void Complete()
        {
            _completing = true;
            Wake();
        }

        public override void PreStart()
        {
            _started = true;
            Interlocked.MemoryBarrier();
            OnWake();
        }

        public override void OnPull() => Deliver();

        public override void PostStop()
        {
            _stopped = true;
            Interlocked.MemoryBarrier();
            InterruptAll();
        }

        private void Wake()
        {
            if (Interlocked.Exchange(ref _woken, 1) == 0 && _started)
                _wake();
        }

        private void OnWake()
        {
            Interlocked.Exchange(ref _woken, 0);
            Deliver();
        }

        private void Deliver()
        {
            if (IsAvailable(_out) && _waiting.TryDequeue(out var request))
            {
                Interlocked.Decrement(ref _count);
                Push(_out, request);
            }
            if (_completing && _waiting.IsEmpty)
                CompleteStage();
        }

        private void InterruptAll()
        {
            while (_waiting.TryDequeue(out var request))
                request.ReplyTo.Tell(new PeekResult(request, CloseReason.Internal, null), ActorRefs.NoSender);
        }
    }
}
