using Akka.Actor.Internal;

namespace Akka.Dispatch;

/// <summary>One thread of its own for each actor that asks for it. The thread ends some time after its actor.</summary>
public sealed class PinnedDispatcher : MessageDispatcher
{
    private readonly object _lock = new();
    private readonly Queue<IThreadPoolWorkItem> _work = new();
    private readonly TimeSpan _shutdownTimeout;
    private Thread? _thread;
    private int _inhabitants;

    internal PinnedDispatcher(string id, int throughput, long? throughputDeadlineTime, TimeSpan shutdownTimeout)
        : base(id, throughput, throughputDeadlineTime) => _shutdownTimeout = shutdownTimeout;

    protected override void ExecuteTask(IRunnable run) => Enqueue(run);

    internal override void Execute(ActorCell cell, bool local) => Enqueue(cell);

    internal override void Attach(ActorCell cell)
    {
        lock (_lock)
            _inhabitants++;
    }

    internal override void Detach(ActorCell cell)
    {
        lock (_lock)
        {
            _inhabitants--;
            Monitor.Pulse(_lock);
        }
    }

    private void Enqueue(IThreadPoolWorkItem item)
    {
        lock (_lock)
        {
            _work.Enqueue(item);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = Id };
                _thread.Start();
            }
            else
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            IThreadPoolWorkItem item;
            lock (_lock)
            {
                while (_work.Count == 0)
                {
                    if (_inhabitants > 0)
                    {
                        Monitor.Wait(_lock);
                    }
                    else if (!Monitor.Wait(_lock, _shutdownTimeout) && _work.Count == 0 && _inhabitants <= 0)
                    {
                        _thread = null;
                        return;
                    }
                }

                item = _work.Dequeue();
            }

            item.Execute();
        }
    }
}
