using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>At most <c>parallelism</c> tasks at once; their results go out in the order of the elements.</summary>
internal sealed class SelectAsyncStage<TIn, TOut>(int parallelism, Func<TIn, Task<TOut>> mapper) : FlowStage<TIn, TOut>("selectAsync")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, parallelism, mapper);

    private sealed class Logic : FlowLogic<TIn, TOut>
    {
        private readonly int _parallelism;
        private readonly Func<TIn, Task<TOut>> _mapper;
        private readonly RingBuffer<Task<TOut>> _tasks;
        private readonly Action<Task<TOut>> _completed;

        public Logic(SelectAsyncStage<TIn, TOut> stage, int parallelism, Func<TIn, Task<TOut>> mapper) : base(stage)
        {
            _parallelism = parallelism;
            _mapper = mapper;
            _tasks = new RingBuffer<Task<TOut>>(parallelism);
            _completed = GetAsyncCallback<Task<TOut>>(OnCompleted);
        }

        public override void OnPush()
        {
            var task = _mapper(Grab(In));
            _tasks.Enqueue(task);
            if (task.IsCompleted)
                OnCompleted(task);
            else
                task.ContinueWith(_completed, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            PullNext();
        }

        public override void OnPull() => PushReady();

        public override void OnUpstreamFinish()
        {
            if (_tasks.IsEmpty)
                CompleteStage();
        }

        private void OnCompleted(Task<TOut> task)
        {
            // A failure does not wait for its turn.
            if (!task.IsCompletedSuccessfully)
                FailStage(TaskFailures.Of(task));
            else if (IsAvailable(Out))
                PushReady();
        }

        private void PushReady()
        {
            if (_tasks.IsEmpty)
            {
                if (IsClosed(In))
                    CompleteStage();
            }
            else if (_tasks.Peek().IsCompleted)
            {
                var task = _tasks.Dequeue();
                if (!task.IsCompletedSuccessfully)
                {
                    FailStage(TaskFailures.Of(task));
                    return;
                }
                Push(Out, task.Result);
            }
            PullNext();
        }

        private void PullNext()
        {
            if (_tasks.Count < _parallelism && !HasBeenPulled(In))
                TryPull(In);
        }
    }
}
