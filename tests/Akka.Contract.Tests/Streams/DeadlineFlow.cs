using Akka.Streams;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

/// <summary>
/// Holds up to so many jobs, each until it is ready or its deadline has passed, and emits them in whatever order that happens:
/// the kind of stage that an application writes on top of the callbacks and timers pinned in the other specs.
/// </summary>
public sealed class DeadlineFlow(int capacity, TimeSpan patience) : GraphStage<FlowShape<Task<string>, string>>
{
    private readonly Inlet<Task<string>> _in = new("deadline.in");
    private readonly Outlet<string> _out = new("deadline.out");

    public override FlowShape<Task<string>, string> Shape => new(_in, _out);

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, capacity, patience);

    private sealed class Logic : TimerGraphStageLogic
    {
        private readonly HashSet<Task<string>> _pending = [];
        private readonly Queue<string> _ready = new();
        private readonly Inlet<Task<string>> _in;
        private readonly Outlet<string> _out;
        private readonly int _capacity;

        public Logic(DeadlineFlow stage, int capacity, TimeSpan patience)
            : base(stage.Shape)
        {
            _in = stage._in;
            _out = stage._out;
            _capacity = capacity;
            var settled = GetAsyncCallback<Task<string>>(task => Settle(task, task.Result));
            SetHandler(
                _in,
                onPush: () =>
                {
                    var task = Grab(_in);
                    _pending.Add(task);
                    ScheduleOnce(task, patience);
                    task.ContinueWith(settled, TaskScheduler.Default);
                    PullMore();
                },
                onUpstreamFinish: EndIfIdle);
            SetHandler(_out, onPull: PushReady);
        }

        public override void PreStart() => Pull(_in);

        protected override void OnTimer(object timerKey) => Settle((Task<string>)timerKey, "late");

        private void Settle(Task<string> task, string result)
        {
            if (!_pending.Remove(task))
                return;
            CancelTimer(task);
            _ready.Enqueue(result);
            PushReady();
        }

        private void PushReady()
        {
            if (_ready.Count > 0 && IsAvailable(_out))
                Push(_out, _ready.Dequeue());
            PullMore();
            EndIfIdle();
        }

        private void PullMore()
        {
            if (_pending.Count + _ready.Count < _capacity && !HasBeenPulled(_in))
                TryPull(_in);
        }

        private void EndIfIdle()
        {
            if (IsClosed(_in) && _pending.Count + _ready.Count == 0)
                CompleteStage();
        }
    }
}
