using System.Collections.Concurrent;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>One listener's flow: inlet, peek, answer.</summary>
public static class PeekFlow
{
    /// <summary>Least capacity of the inlet: after a stall of the machine, a burst of clients arrives at once.</summary>
    private const int LeastBurst = 256;

    /// <param name="maxPeeks">Unfinished hellos at once.</param>
    /// <param name="gate">Near its limit the oldest unfinished hellos give way, too; null: the connections are not limited.</param>
    /// <returns>The queue, and a task that ends with the flow: faulted if a stage failed.</returns>
    public static (IPeekQueue Queue, Task<Done> Ended) Run(
        IMaterializer materializer, TimeSpan helloTimeout, int maxHello, int maxPeeks, TimeProvider time, AcceptGate? gate = null) =>
        Source.FromGraph(new PeekInlet(Math.Max(LeastBurst, maxPeeks)))
            .Via(new ClientHelloPeekStage(helloTimeout, maxHello, maxPeeks, time, gate))
            .ToMaterialized(
                Sink.ForEach<PeekResult>(static result => result.Request.ReplyTo.Tell(result, ActorRefs.NoSender)),
                Keep.Both)
            .Run(materializer);
}

/// <param name="Reason">Why the connection cannot be routed; <see cref="CloseReason.None"/>: the hello is complete and well formed.</param>
/// <param name="Hello">Only with <see cref="CloseReason.None"/>.</param>
public sealed record PeekResult(PeekRequest Request, CloseReason Reason, ClientHello? Hello) : IDeadLetterSuppression;

/// <summary>The inlet of a peek flow. Thread-safe.</summary>
public interface IPeekQueue
{
    /// <summary>False: the limit of unfinished hellos is reached.</summary>
    bool Offer(PeekRequest request);

    /// <summary>Takes no more requests; the flow ends after the last one.</summary>
    void Complete();
}

/// <summary>A client whose hello is wanted, with the peek stage's state: its place in the deadline list and its progress.</summary>
/// <param name="replyTo">Gets the <see cref="PeekResult"/>.</param>
/// <param name="header">What may come ahead of the hello.</param>
public sealed class PeekRequest(Link link, IActorRef replyTo, ProxyHeaderRule header = ProxyHeaderRule.None) : IReceiveHandler
{
    private const int Asked = 0, Answered = 1, Returned = 2;

    private Action<PeekRequest>? _progressed;
    private int _asking;

    public Link Link { get; } = link;

    public IActorRef ReplyTo { get; } = replyTo;

    internal PeekRequest? Older { get; set; }

    internal PeekRequest? Newer { get; set; }

    /// <summary>Timestamp of its arrival.</summary>
    internal long Since { get; private set; }

    internal ReceiveStatus Status { get; set; }

    /// <summary><see cref="ProxyHeaderRule.None"/> once the header is read.</summary>
    internal ProxyHeaderRule Header { get; set; } = header;

    /// <summary>Fields of the received PROXY header.</summary>
    internal byte[] ProxyFields { get; set; } = [];

    internal bool Done { get; set; }

    /// <param name="progressed">Called on any thread when an answer is asynchronous.</param>
    internal void Enter(long since, Action<PeekRequest> progressed)
    {
        Since = since;
        _progressed = progressed;
    }

    /// <returns>Whether the answer was synchronous: the usual case, which saves a message to the stream's mailbox.</returns>
    internal bool Ask(int maxTotal)
    {
        Volatile.Write(ref _asking, Asked);
        Link.Receive(maxTotal, this);
        return Interlocked.CompareExchange(ref _asking, Returned, Asked) == Answered;
    }

    void IReceiveHandler.Received(Link link, ReceiveStatus status)
    {
        Status = status;
        if (Interlocked.CompareExchange(ref _asking, Answered, Asked) != Asked)
            _progressed!(this);
    }
}

/// <summary>At most <c>capacity</c> requests wait here for demand; then <see cref="IPeekQueue.Offer"/> fails.</summary>
public sealed class PeekInlet(int capacity) : GraphStageWithMaterializedValue<SourceShape<PeekRequest>, IPeekQueue>
{
    private readonly Outlet<PeekRequest> _out = new("PeekInlet.Out");

    public override SourceShape<PeekRequest> Shape => new(_out);

    public override ILogicAndMaterializedValue<IPeekQueue> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(Shape, _out, capacity);
        return new LogicAndMaterializedValue<IPeekQueue>(logic, logic);
    }

    /// <summary>Any thread may add requests; one wake-up of the stage serves all of them. The stage may start after the first request and
    /// stop at any time, and must lose no request.</summary>
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
            // The stage may have stopped, and emptied the queue, between the first check and the enqueuing.
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
