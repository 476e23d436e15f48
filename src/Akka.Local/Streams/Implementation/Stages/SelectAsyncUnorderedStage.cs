using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>At most <c>parallelism</c> tasks and unpushed results at once; results go out as they come.</summary>
internal sealed class SelectAsyncUnorderedStage<TIn, TOut>(int parallelism, Func<TIn, Task<TOut>> mapper)
    : FlowStage<TIn, TOut>("selectAsyncUnordered")
{
    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, parallelism, mapper);

    private sealed class Logic : FlowLogic<TIn, TOut>
    {
        private readonly int _parallelism;
        private readonly Func<TIn, Task<TOut>> _mapper;
        private readonly RingBuffer<TOut> _results;
        private readonly Action<Task<TOut>> _completed;
        private int _running;

        public Logic(SelectAsyncUnorderedStage<TIn, TOut> stage, int parallelism, Func<TIn, Task<TOut>> mapper) : base(stage)
        {
            _parallelism = parallelism;
            _mapper = mapper;
            _results = new RingBuffer<TOut>(parallelism);
            _completed = GetAsyncCallback<Task<TOut>>(OnCompleted);
        }

        private int Todo => _running + _results.Count;

        public override void OnPush()
        {
            var task = _mapper(Grab(In));
            _running++;
            if (task.IsCompleted)
                OnCompleted(task);
            else
                task.ContinueWith(_completed, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            PullNext();
        }

        public override void OnPull()
        {
            if (!_results.IsEmpty)
                Push(Out, _results.Dequeue());
            else if (IsClosed(In) && Todo == 0)
                CompleteStage();
            PullNext();
        }

        public override void OnUpstreamFinish()
        {
            if (Todo == 0)
                CompleteStage();
        }

        private void OnCompleted(Task<TOut> task)
        {
            _running--;
            if (!task.IsCompletedSuccessfully)
            {
                FailStage(TaskFailures.Of(task));
                return;
            }
            var result = task.Result;
            if (result is null)
            {
                FailStage(TaskFailures.NullResult());
                return;
            }
            if (!IsAvailable(Out))
            {
                _results.Enqueue(result);
                return;
            }
            Push(Out, result);
            PullNext();
        }

        private void PullNext()
        {
            if (Todo < _parallelism && !HasBeenPulled(In))
                TryPull(In);
        }
    }
}
