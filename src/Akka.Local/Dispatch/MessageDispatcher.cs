using Akka.Actor.Internal;

namespace Akka.Dispatch;

/// <summary>The threads that a group of actors runs on.</summary>
public abstract class MessageDispatcher
{
    public const int DefaultThroughput = 100;

    private protected MessageDispatcher(string id, int throughput, long? throughputDeadlineTime)
    {
        Id = id;
        Throughput = throughput < 1 ? int.MaxValue : throughput;
        ThroughputDeadlineTime = throughputDeadlineTime;
    }

    public string Id { get; protected set; }

    /// <summary>How many messages one actor handles before the thread goes to the next actor.</summary>
    public int Throughput { get; }

    /// <summary>In 100 ns: an actor gives way after that time even if it has handled less. Null is no limit.</summary>
    public long? ThroughputDeadlineTime { get; }

    public void Schedule(Action run) => ExecuteTask(new ActionRunnable(run));

    public void Schedule(IRunnable run) => ExecuteTask(run);

    protected abstract void ExecuteTask(IRunnable run);

    /// <summary>Runs the cell's mailbox soon. <paramref name="local"/>: best on the thread that asks, which has its data in cache.</summary>
    internal abstract void Execute(ActorCell cell, bool local);

    internal virtual void Attach(ActorCell cell)
    {
    }

    internal virtual void Detach(ActorCell cell)
    {
    }
}

/// <summary>Runs its actors on the shared thread pool of the process, or wherever its executor has them run.</summary>
public class Dispatcher : MessageDispatcher
{
    // A thread serves what was last put into its own queue first. One schedule in so many goes to the common queue, so that two
    // actors that keep waking each other cannot hold back for ever what lies below them.
    private const int FairnessMask = 63;

    [ThreadStatic]
    private static int t_schedules;

    private readonly Lazy<ExecutorService>? _executor;

    /// <param name="shutdownTimeout">Without effect: executors here have nothing to shut down.</param>
    public Dispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory,
        TimeSpan shutdownTimeout)
        : base(id, throughput, throughputDeadlineTime) => _executor = new Lazy<ExecutorService>(() => executorServiceFactory.Produce(id));

    internal Dispatcher(string id, int throughput, long? throughputDeadlineTime)
        : base(id, throughput, throughputDeadlineTime)
    {
    }

    protected override void ExecuteTask(IRunnable run)
    {
        if (_executor is not null)
            _executor.Value.Execute(run);
        else
            ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false);
    }

    internal override void Execute(ActorCell cell, bool local)
    {
        if (_executor is not null)
            _executor.Value.Execute(cell);
        else
            ThreadPool.UnsafeQueueUserWorkItem(cell, local && (++t_schedules & FairnessMask) != 0);
    }
}
