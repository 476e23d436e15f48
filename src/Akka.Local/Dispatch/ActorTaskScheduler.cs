using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Runs asynchronous handlers inside their actor. The mailbox is suspended until the handler's task is done; what follows an
/// await comes back as a system message, with the context, the sender and the message that the handler began with.
/// </summary>
public sealed class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;
    private object? _message;
    private IActorRef? _sender;

    internal ActorTaskScheduler(ActorCell cell) => _cell = cell;

    public object? CurrentMessage => _message;

    public override int MaximumConcurrencyLevel => 1;

    public static void RunTask(Action action) => RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    public static void RunTask(Func<Task> asyncAction)
    {
        var cell = ActorCell.Current ?? throw new InvalidOperationException("RunTask must be called from an actor context.");
        cell.TaskScheduler.Start(asyncAction);
    }

    private void Start(Func<Task> asyncAction)
    {
        _cell.SuspendMailbox();
        _message = _cell.CurrentMessage;
        _sender = _cell.CurrentSender;
        var task = Task<Task>.Factory.StartNew(asyncAction, CancellationToken.None, TaskCreationOptions.None, this).Unwrap();
        if (task.IsCompleted)
            Complete(task);
        else
            task.ContinueWith(Complete, CancellationToken.None, TaskContinuationOptions.None, this);
    }

    private void Complete(Task task)
    {
        var message = _message;
        _message = null;
        _sender = null;
        if (task.IsCompletedSuccessfully)
            _cell.AsyncHandlerDone(message);
        else
            _cell.AsyncHandlerFailed(task.IsCanceled ? new TaskCanceledException(task) : Unwrap(task.Exception!));
    }

    internal void ExecuteTask(Task task)
    {
        _cell.RestoreMessage(_message, _sender);
        TryExecuteTask(task);
    }

    protected override void QueueTask(Task task)
    {
        if (ActorCell.Current == _cell && (task.CreationOptions & TaskCreationOptions.LongRunning) == 0)
            TryExecuteTask(task);
        else
            _cell.SendSystemMessage(new RunActorTask(this, task));
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task>? GetScheduledTasks() => null;

    private static Exception Unwrap(AggregateException exception) =>
        exception.InnerExceptions.Count == 1 ? exception.InnerExceptions[0] : exception;
}
