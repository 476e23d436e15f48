using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Stage;
using EdgeActors.Protocol;
using EdgeActors.Transport;

namespace EdgeActors.Connection;

/// <summary>
/// The peek: up to <c>maxPeeks</c> connections wait for their hello until their deadline and leave in order of completion. One stage
/// serves a whole listener: materialising a stream per connection would cost more than all other work on it.
/// <code>
///   in --request--> [ pending, oldest first ] --receive--> transport
///                        ^      | hello, error, FIN, deadline
///                        |      v
///            more bytes -+   [ done ] --result--> out
/// </code>
/// </summary>
/// <param name="gate">Null: the connections are not limited.</param>
public sealed class ClientHelloPeekStage(TimeSpan helloTimeout, int maxHello, int maxPeeks, TimeProvider time, AcceptGate? gate)
    : GraphStage<FlowShape<PeekRequest, PeekResult>>
{
    private readonly Inlet<PeekRequest> _in = new("ClientHelloPeekStage.In");
    private readonly Outlet<PeekResult> _out = new("ClientHelloPeekStage.Out");

    public override FlowShape<PeekRequest, PeekResult> Shape => new(_in, _out);

    private TimeSpan HelloTimeout => helloTimeout;

    private int MaxHello => maxHello;

    private int MaxPeeks => maxPeeks;

    private TimeProvider Time => time;

    private AcceptGate? Gate => gate;

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : GraphStageLogic, IInHandler, IOutHandler
    {
        /// <summary>A limit is near when less than this part of it is free.</summary>
        private const double Reserve = 1 / 16.0;

        /// <summary>Age of a hello that gives way while the reserve is nearly whole: TCP has sent a lost first segment again.</summary>
        private static readonly TimeSpan AgeNearLimit = TimeSpan.FromMilliseconds(500);

        /// <summary>The same at the limit. The hello follows the handshake's last segment without a round trip between them.</summary>
        private static readonly TimeSpan AgeAtLimit = TimeSpan.FromMilliseconds(50);

        /// <summary>Near a limit, the oldest hello is looked at this often: other listeners' clients may have used up the reserve.</summary>
        private static readonly TimeSpan LongestLook = AgeAtLimit;

        /// <summary>Between two looks, so that a flood of late hellos ends in small portions.</summary>
        private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(5);

        /// <summary>Hellos that give way to one client. More than one, so that their number falls; few, because closing takes time.</summary>
        private const int PerClient = 2;

        private readonly ClientHelloPeekStage _stage;
        private readonly int _maxRaw;
        private readonly Queue<PeekResult> _done = new();
        private readonly Action<PeekRequest> _progressed;

        // .NET's: Akka's scheduler ticks ten times a second only.
        private readonly ITimer _deadline, _nextToGiveWay;
        private bool _awaitsDeadline;
        private PeekRequest? _oldest, _newest;
        private int _pending;

        public Logic(ClientHelloPeekStage stage) : base(stage.Shape)
        {
            _stage = stage;
            _maxRaw = ClientHelloReader.MaxRawSize(stage.MaxHello);
            _progressed = GetAsyncCallback<PeekRequest>(Progressed);
            _deadline = NewTimer(EndLate);
            _nextToGiveWay = NewTimer(GiveWay);
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart() => Pull(_stage._in);

        public void OnPush()
        {
            var pending = Grab(_stage._in);
            pending.Enter(_stage.Time.GetTimestamp(), _progressed);
            Append(pending);
            if (!_awaitsDeadline)
                Look(_deadline, _stage.HelloTimeout);
            _awaitsDeadline = true;
            if (pending.Ask(_maxRaw))
                Progressed(pending);
            GiveWay();
            PullIfRoom();
        }

        public void OnPull()
        {
            if (_done.TryDequeue(out var result))
                Push(_stage._out, result);
            PullIfRoom();
            CompleteIfEmpty();
        }

        public void OnUpstreamFinish() => CompleteIfEmpty();

        public void OnUpstreamFailure(Exception e) => FailStage(e);

        public void OnDownstreamFinish(Exception cause) => CompleteStage();

        /// <summary>Bounds unfinished hellos and undelivered results together.</summary>
        private void PullIfRoom()
        {
            if (_pending + _done.Count < _stage.MaxPeeks && !HasBeenPulled(_stage._in) && !IsClosed(_stage._in))
                Pull(_stage._in);
        }

        private void Progressed(PeekRequest pending)
        {
            if (pending.Done)
                return;
            while (pending.Status is ReceiveStatus.Data or ReceiveStatus.Full)
            {
                if (!NeedsMore(pending) || !pending.Ask(_maxRaw))
                    return;
            }
            switch (pending.Status)
            {
                case ReceiveStatus.Closed:
                    // The connection was closed, so no actor waits for a result.
                    Remove(pending);
                    PullIfRoom();
                    CompleteIfEmpty();
                    break;
                default:
                    Finish(pending, CloseReason.ClientGone, null);
                    break;
            }
        }

        /// <returns>True: the hello is incomplete. False: the peek has finished.</returns>
        private bool NeedsMore(PeekRequest pending)
        {
            if (pending.Header != ProxyHeaderRule.None && !ProxyHeaderPeek.TryPass(pending, out var failure))
            {
                if (failure is not { } reason)
                    return true;
                Finish(pending, reason, null);
                return false;
            }
            switch (ClientHelloReader.Read(pending.Link.Received, _stage.MaxHello, out var hello))
            {
                case HelloStatus.Complete:
                    Finish(pending, CloseReason.None, hello);
                    break;
                case HelloStatus.Incomplete when pending.Status == ReceiveStatus.Full:
                case HelloStatus.TooLarge:
                    Finish(pending, CloseReason.HelloTooLarge, null);
                    break;
                case HelloStatus.Incomplete:
                    return true;
                case HelloStatus.NotTls:
                    Finish(pending, CloseReason.NotTls, null);
                    break;
                default:
                    Finish(pending, CloseReason.HelloMalformed, null);
                    break;
            }
            return false;
        }

        private void Finish(PeekRequest pending, CloseReason reason, ClientHello? hello)
        {
            Remove(pending);
            var result = new PeekResult(pending, reason, hello);
            if (IsAvailable(_stage._out) && _done.Count == 0)
                Push(_stage._out, result);
            else
                _done.Enqueue(result);
            PullIfRoom();
            CompleteIfEmpty();
        }

        /// <summary>From which age on hellos give way: the less is free, the younger. Null: there is room.</summary>
        private TimeSpan? LeastAge
        {
            get
            {
                var free = FreeReserve(_pending + _done.Count, _stage.MaxPeeks);
                if (_stage.Gate is { } gate)
                    free = Math.Min(free, FreeReserve(gate.InUse, gate.Limit));
                return free >= 1 ? null : AgeAtLimit + free * (AgeNearLimit - AgeAtLimit);
            }
        }

        private static double FreeReserve(int used, int limit) => Math.Max(0, limit - used) / Math.Max(1, Reserve * limit);

        /// <summary>Near a limit the oldest unfinished hellos give way, so that slow clients do not keep others out.</summary>
        private void GiveWay()
        {
            var now = _stage.Time.GetTimestamp();
            for (var i = 0; _oldest is { } oldest && LeastAge is { } age; i++)
            {
                var young = age - _stage.Time.GetElapsedTime(oldest.Since, now);
                if (i == PerClient || young > TimeSpan.Zero)
                {
                    Look(_nextToGiveWay, young < LongestLook ? young : LongestLook);
                    return;
                }
                Finish(oldest, CloseReason.PeeksFull, null);
            }
        }

        private void EndLate()
        {
            var now = _stage.Time.GetTimestamp();
            while (_oldest is { } oldest)
            {
                var left = _stage.HelloTimeout - _stage.Time.GetElapsedTime(oldest.Since, now);
                if (left > TimeSpan.Zero)
                {
                    Look(_deadline, left);
                    return;
                }
                Finish(oldest, CloseReason.HelloTimeout, null);
            }
            _awaitsDeadline = false;
        }

        private ITimer NewTimer(Action look)
        {
            var due = GetAsyncCallback(look);
            return _stage.Time.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        private static void Look(ITimer timer, TimeSpan after) =>
            timer.Change(after > ShortestLook ? after : ShortestLook, Timeout.InfiniteTimeSpan);

        public override void PostStop()
        {
            _deadline.Dispose();
            _nextToGiveWay.Dispose();
            for (var pending = _oldest; pending is not null; pending = pending.Newer)
                Interrupt(pending);
            foreach (var result in _done)
                Interrupt(result.Request);
        }

        private static void Interrupt(PeekRequest request) =>
            request.ReplyTo.Tell(new PeekResult(request, CloseReason.Internal, null), ActorRefs.NoSender);

        private void CompleteIfEmpty()
        {
            if (IsClosed(_stage._in) && _pending == 0 && _done.Count == 0)
                CompleteStage();
        }

        private void Append(PeekRequest pending)
        {
            pending.Older = _newest;
            if (_newest is not null)
                _newest.Newer = pending;
            else
                _oldest = pending;
            _newest = pending;
            _pending++;
        }

        private void Remove(PeekRequest pending)
        {
            pending.Done = true;
            if (pending.Older is not null)
                pending.Older.Newer = pending.Newer;
            else
                _oldest = pending.Newer;
            if (pending.Newer is not null)
                pending.Newer.Older = pending.Older;
            else
                _newest = pending.Older;
            pending.Older = pending.Newer = null;
            _pending--;
        }
    }
}
