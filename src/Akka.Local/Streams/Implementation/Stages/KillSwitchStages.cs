using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

internal abstract class KillSwitchStage<T, TSwitch> : GraphStageWithMaterializedValue<FlowShape<T, T>, TSwitch>
{
    private readonly Inlet<T> _in = new("killSwitch.in");
    private readonly Outlet<T> _out = new("killSwitch.out");

    protected KillSwitchStage() => Shape = new FlowShape<T, T>(_in, _out);

    public override FlowShape<T, T> Shape { get; }

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("killSwitch");

    protected GraphStageLogic LogicFor(Task signal) => new Logic(this, signal);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly KillSwitchStage<T, TSwitch> _stage;
        private readonly Task _signal;

        // A switch outlives the streams that it may end, and must not hold on to each of them.
        private readonly CancellationTokenSource _ended = new();

        public Logic(KillSwitchStage<T, TSwitch> stage, Task signal) : base(stage.Shape)
        {
            _stage = stage;
            _signal = signal;
            SetHandlers(stage._in, stage._out, this);
        }

        public override void PreStart()
        {
            if (_signal.IsCompleted)
            {
                OnSignal(_signal);
                return;
            }
            var signalled = GetAsyncCallback<Task>(OnSignal);
            _signal.ContinueWith(signalled, _ended.Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        public override void OnPush() => Push(_stage._out, Grab(_stage._in));

        public override void OnPull() => Pull(_stage._in);

        public override void PostStop()
        {
            _ended.Cancel();
            _ended.Dispose();
        }

        private void OnSignal(Task signal)
        {
            if (signal.Exception is { } cause)
                FailStage(cause);
            else
                CompleteStage();
        }
    }
}

internal sealed class UniqueKillSwitchStage<T> : KillSwitchStage<T, UniqueKillSwitch>
{
    public static readonly UniqueKillSwitchStage<T> Instance = new();

    public override ILogicAndMaterializedValue<UniqueKillSwitch> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var killSwitch = new UniqueKillSwitch();
        return new LogicAndMaterializedValue<UniqueKillSwitch>(LogicFor(killSwitch.Signal), killSwitch);
    }
}

internal sealed class SharedKillSwitchStage<T>(SharedKillSwitch killSwitch) : KillSwitchStage<T, SharedKillSwitch>
{
    public override ILogicAndMaterializedValue<SharedKillSwitch> CreateLogicAndMaterializedValue(Attributes inheritedAttributes) =>
        new LogicAndMaterializedValue<SharedKillSwitch>(LogicFor(killSwitch.Signal), killSwitch);
}
