using Akka.Streams;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

/// <summary>A flow whose logic a test writes on the spot; a member that is not set passes the event on.</summary>
public sealed class TestFlow<T>(Action<TestFlow<T>.Logic> setUp) : GraphStage<FlowShape<T, T>>
{
    public override FlowShape<T, T> Shape { get; } = new(new Inlet<T>("test.in"), new Outlet<T>("test.out"));

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(Shape, setUp);

    public sealed class Logic : TimerGraphStageLogic
    {
        public Logic(FlowShape<T, T> shape, Action<Logic> setUp)
            : base(shape)
        {
            In = shape.Inlet;
            Out = shape.Outlet;
            OnPush = () => Push(Out, Grab(In));
            OnPull = () => Pull(In);
            setUp(this);
            SetHandler(In, () => OnPush(), UpstreamFinish, UpstreamFailure);
            SetHandler(Out, () => OnPull(), DownstreamFinish);
        }

        public Inlet<T> In { get; }

        public Outlet<T> Out { get; }

        public Action OnPush { get; set; }

        public Action OnPull { get; set; }

        public Action? OnFinish { get; set; }

        public Action<Exception>? OnFailure { get; set; }

        public Action<Exception>? OnCancel { get; set; }

        public Action? OnStart { get; set; }

        public Action? OnStop { get; set; }

        public Action<object>? OnTimerKey { get; set; }

        public IMaterializer Mat => Materializer;

        public override void PreStart() => OnStart?.Invoke();

        public override void PostStop() => OnStop?.Invoke();

        public T GrabIn() => Grab(In);

        public void PullIn() => Pull(In);

        public void TryPullIn() => TryPull(In);

        public void CancelIn() => Cancel(In);

        public bool InClosed => IsClosed(In);

        public bool InPulled => HasBeenPulled(In);

        public bool InAvailable => IsAvailable(In);

        public bool OutClosed => IsClosed(Out);

        public bool OutAvailable => IsAvailable(Out);

        public void PushOut(T element) => Push(Out, element);

        public void CompleteOut() => Complete(Out);

        public void FailOut(Exception e) => Fail(Out, e);

        public void EmitOut(T element) => Emit(Out, element);

        public void EmitOut(T element, Action andThen) => Emit(Out, element, andThen);

        public void EmitOut(IEnumerable<T> elements) => EmitMultiple(Out, elements);

        public void EmitOut(IEnumerable<T> elements, Action andThen) => EmitMultiple(Out, elements, andThen);

        public void AbortEmittingOut() => AbortEmitting(Out);

        public void KeepGoing(bool enabled) => SetKeepGoing(enabled);

        public Action<TArg> Callback<TArg>(Action<TArg> handler) => GetAsyncCallback(handler);

        public Action Callback(Action handler) => GetAsyncCallback(handler);

        public StageActor Actor(StageActorRef.Receive receive) => GetStageActor(receive);

        public void Once(object key, TimeSpan delay) => ScheduleOnce(key, delay);

        public void Repeatedly(object key, TimeSpan interval) => ScheduleRepeatedly(key, interval);

        public void CancelKey(object key) => CancelTimer(key);

        public bool IsActive(object key) => IsTimerActive(key);

        protected override void OnTimer(object timerKey) => OnTimerKey?.Invoke(timerKey);

        private void UpstreamFinish()
        {
            if (OnFinish is null)
                CompleteStage();
            else
                OnFinish();
        }

        private void UpstreamFailure(Exception e)
        {
            if (OnFailure is null)
                FailStage(e);
            else
                OnFailure(e);
        }

        private void DownstreamFinish(Exception cause)
        {
            if (OnCancel is null)
                CancelStage(cause);
            else
                OnCancel(cause);
        }
    }
}
