using Akka.Streams;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

/// <summary>A sink that asks for elements only when the test does.</summary>
public sealed class ManualSink<T> : GraphStageWithMaterializedValue<SinkShape<T>, ManualSink<T>.Control>
{
    private readonly Inlet<T> _in = new("manual.in");

    public override SinkShape<T> Shape => new(_in);

    public override ILogicAndMaterializedValue<Control> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Control(_in, Shape);
        return new LogicAndMaterializedValue<Control>(logic, logic);
    }

    public sealed class Control : InGraphStageLogic
    {
        private readonly Inlet<T> _in;
        private readonly TaskCompletionSource<Action<Action>> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Control(Inlet<T> inlet, Shape shape)
            : base(shape)
        {
            _in = inlet;
            SetHandler(inlet, this);
        }

        public Events Events { get; } = new();

        public override void PreStart() => _started.SetResult(GetAsyncCallback<Action>(action => action()));

        public override void OnPush() => Events.Add(new Pushed(Grab(_in)));

        public override void OnUpstreamFinish()
        {
            Events.Add(new Finished());
            CompleteStage();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            Events.Add(new Failed(e));
            FailStage(e);
        }

        public override void PostStop() => Events.Add(new Stopped());

        public Task Pull() => Run(() => Pull(_in));

        public Task Cancel() => Run(() => Cancel(_in));

        public Task Cancel(Exception cause) => Run(() => Cancel(_in, cause));

        /// <summary>Once this is back, all that the stream could do by itself it has done.</summary>
        public async Task Settle()
        {
            await Run(() => { });
            await Run(() => { });
        }

        /// <summary>Pulls and waits for the element.</summary>
        public async Task<T> Next()
        {
            await Pull();
            return (T)(await Events.Next<Pushed>()).Element!;
        }

        private async Task Run(Action action)
        {
            var run = await _started.Task.WaitAsync(TimeSpan.FromSeconds(10));
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            run(() =>
            {
                action();
                done.SetResult();
            });
            await done.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }
    }
}
