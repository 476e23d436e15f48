using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Materialises a promise. Its result becomes the only element, or just the end if it is the type's default value. Cancelling
/// the stream settles the promise with that default.
/// </summary>
internal sealed class MaybeSource<T> : GraphStageWithMaterializedValue<SourceShape<T>, TaskCompletionSource<T>>
{
    private readonly Outlet<T> _out = new("maybeSource.out");

    public MaybeSource() => Shape = new SourceShape<T>(_out);

    public override SourceShape<T> Shape { get; }

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("maybeSource");

    public override ILogicAndMaterializedValue<TaskCompletionSource<T>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var promise = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new LogicAndMaterializedValue<TaskCompletionSource<T>>(new Logic(this, promise), promise);
    }

    private sealed class Logic : OutGraphStageLogic
    {
        private readonly Outlet<T> _out;
        private readonly TaskCompletionSource<T> _promise;

        public Logic(MaybeSource<T> stage, TaskCompletionSource<T> promise) : base(stage.Shape)
        {
            _out = stage._out;
            _promise = promise;
            SetHandler(_out, this);
        }

        public override void PreStart()
        {
            var settled = GetAsyncCallback<Task<T>>(OnSettled);
            _promise.Task.ContinueWith(settled, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        public override void OnPull()
        {
            if (_promise.Task.IsCompleted)
                OnSettled(_promise.Task);
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            _promise.TrySetResult(default!);
            CompleteStage();
        }

        private void OnSettled(Task<T> task)
        {
            if (!task.IsCompletedSuccessfully)
            {
                FailStage(TaskFailures.Of(task));
            }
            else if (IsAvailable(_out))
            {
                if (!EqualityComparer<T>.Default.Equals(task.Result, default))
                    Push(_out, task.Result);
                CompleteStage();
            }
        }
    }
}
