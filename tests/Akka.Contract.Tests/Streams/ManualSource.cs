using Akka.Streams;
using Akka.Streams.Stage;

namespace Akka.Contract.Tests.Streams;

/// <summary>A source that does nothing by itself: the test says what it does and sees what it is told.</summary>
public sealed class ManualSource<T>(bool keepsDefaults = false) : GraphStageWithMaterializedValue<SourceShape<T>, ManualSource<T>.Control>
{
    private readonly Outlet<T> _out = new("manual.out");

    public override SourceShape<T> Shape => new(_out);

    public override ILogicAndMaterializedValue<Control> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Control(_out, Shape, keepsDefaults);
        return new LogicAndMaterializedValue<Control>(logic, logic);
    }

    public sealed class Control : OutGraphStageLogic
    {
        private readonly Outlet<T> _out;
        private readonly bool _keepsDefaults;
        private readonly TaskCompletionSource<Action<Action>> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Control(Outlet<T> outlet, Shape shape, bool keepsDefaults)
            : base(shape)
        {
            _out = outlet;
            _keepsDefaults = keepsDefaults;
            SetHandler(outlet, this);
        }

        public Events Events { get; } = new();

        public override void PreStart() => _started.SetResult(GetAsyncCallback<Action>(action => action()));

        public override void OnPull() => Events.Add(new Pulled());

        public override void OnDownstreamFinish(Exception cause)
        {
            Events.Add(new Cancelled(cause));
            if (_keepsDefaults)
                base.OnDownstreamFinish(cause);
        }

        public override void PostStop() => Events.Add(new Stopped());

        public Task Push(T element) => Run(() => Push(_out, element));

        public Task Complete() => Run(() => Complete(_out));

        public Task PushAndComplete(T element) => Run(() =>
        {
            Push(_out, element);
            Complete(_out);
        });

        public Task Fail(Exception e) => Run(() => Fail(_out, e));

        /// <summary>Runs in the stage; an exception fails the stage and the task.</summary>
        public async Task Run(Action action)
        {
            var run = await _started.Task.WaitAsync(TimeSpan.FromSeconds(10));
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            run(() =>
            {
                try
                {
                    action();
                    done.SetResult();
                }
                catch (Exception e)
                {
                    done.SetException(e);
                    throw;
                }
            });
            await done.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }
    }
}
