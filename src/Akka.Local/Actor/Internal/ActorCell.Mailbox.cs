using System.Diagnostics;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor.Internal;

// The mailbox. Bits of the state: Scheduled is held by whoever runs the cell or has asked the dispatcher to; Suspended keeps user messages
// waiting; Closed is for ever. A sender enqueues first and looks at the state then; the cell gives Scheduled up first and looks at
// its queues then. So one of the two always sees the other.
internal sealed partial class ActorCell
{
    private const int Scheduled = 1;
    private const int Suspended = 2;
    private const int Closed = 4;

    private MessageQueue _queue;
    private SystemMessage? _systemMessages;
    private LinkedList<Envelope>? _front;
    private int _state = Scheduled;
    private int _suspendCount;
    private bool _begun;

    internal bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    bool ICell.IsTerminated => IsClosed;

    internal bool IsMailboxSuspended => (Volatile.Read(ref _state) & Suspended) != 0;

    public bool HasMessages => _front is { Count: > 0 } || _queue.HasMessages;

    public int NumberOfMessages => (_front?.Count ?? 0) + _queue.Count();

    /// <summary>Asks for the first run, in which the instance is made.</summary>
    internal void Start()
    {
        Dispatcher.Attach(this);
        Dispatcher.Execute(this, local: t_current is not null);
    }

    internal void SendMessage(object message, IActorRef? sender)
    {
        if (IsClosed)
        {
            ToDeadLetters(message, sender);
            return;
        }

        _queue.Enqueue(message, sender);
        if ((Volatile.Read(ref _state) & (Scheduled | Suspended)) == 0)
            TrySchedule(local: t_current is not null);
    }

    internal void SendSystemMessage(SystemMessage message)
    {
        if (IsClosed)
        {
            AnswerForTheDead(message);
            return;
        }

        SystemMessage? first;
        do
        {
            first = Volatile.Read(ref _systemMessages);
            message.Next = first;
        }
        while (!ReferenceEquals(Interlocked.CompareExchange(ref _systemMessages, message, first), first));
        if ((Volatile.Read(ref _state) & Scheduled) == 0)
            TrySchedule(local: t_current is not null);
    }

    public void Run() => Execute();

    public void Execute()
    {
        var outer = t_current;
        t_current = this;
        try
        {
            if (!_begun)
            {
                _begun = true;
                Begin();
            }

            if (Volatile.Read(ref _systemMessages) is not null)
                ProcessSystemMessages();
            ProcessMessages();
        }
        catch (Exception e)
        {
            PublishError(e, "The actor's own bookkeeping failed.");
        }
        finally
        {
            t_current = outer;
        }

        if (IsClosed)
            Drain();
        Interlocked.And(ref _state, ~Scheduled);
        if (HasWork())
            TrySchedule(local: false);
    }

    internal void SuspendMailbox()
    {
        if (_suspendCount++ == 0)
            Interlocked.Or(ref _state, Suspended);
    }

    internal void ResumeMailbox()
    {
        if (_suspendCount > 0 && --_suspendCount == 0)
            Interlocked.And(ref _state, ~Suspended);
    }

    /// <summary>Puts a message before everything that waits.</summary>
    internal void EnqueueFirst(Envelope envelope) => (_front ??= new LinkedList<Envelope>()).AddFirst(envelope);

    private bool HasWork() => Volatile.Read(ref _systemMessages) is not null
        || ((Volatile.Read(ref _state) & (Suspended | Closed)) != Suspended && HasMessages);

    private void TrySchedule(bool local)
    {
        if ((Interlocked.Or(ref _state, Scheduled) & Scheduled) == 0)
            Dispatcher.Execute(this, local);
    }

    private void ProcessMessages()
    {
        var left = Dispatcher.Throughput;
        var deadline = Dispatcher.ThroughputDeadlineTime is { } ticks ? Stopwatch.GetTimestamp() + (long)(ticks * (Stopwatch.Frequency / 1e7)) : long.MaxValue;
        while ((Volatile.Read(ref _state) & (Suspended | Closed)) == 0 && TryDequeue(out var message, out var sender))
        {
            Invoke(message, sender);
            if (Volatile.Read(ref _systemMessages) is not null)
                ProcessSystemMessages();
            if (--left <= 0 || (deadline != long.MaxValue && Stopwatch.GetTimestamp() > deadline))
                break;
        }
    }

    private bool TryDequeue(out object message, out IActorRef? sender)
    {
        if (_front is { First: { } first })
        {
            message = first.Value.Message;
            sender = first.Value.Sender;
            _front.RemoveFirst();
            return true;
        }

        return _queue.TryDequeue(out message, out sender);
    }

    /// <summary>In the order they were sent: the list is a stack and is turned round first.</summary>
    private void ProcessSystemMessages()
    {
        while (Interlocked.Exchange(ref _systemMessages, null) is { } newest)
        {
            SystemMessage? oldest = null;
            while (newest is not null)
            {
                var next = newest.Next;
                newest.Next = oldest;
                oldest = newest;
                newest = next;
            }

            while (oldest is not null)
            {
                var message = oldest;
                oldest = message.Next;
                message.Next = null;
                if (IsClosed)
                    AnswerForTheDead(message);
                else
                    InvokeSystemMessage(message);
            }
        }
    }

    private void Close() => Interlocked.Or(ref _state, Closed);

    private void Drain()
    {
        ProcessSystemMessages();
        while (_extras?.KeptBack is { Count: > 0 } keptBack)
            AnswerForTheDead(keptBack.Dequeue());
        while (TryDequeue(out var message, out var sender))
            ToDeadLetters(message, sender);
    }

    private void ToDeadLetters(object message, IActorRef? sender) =>
        _system.DeadLetters.Tell(DeadLetterRef.Wrap(message, sender, _self), sender);

    /// <summary>A stopped actor still owes an answer to those who begin to watch it.</summary>
    private void AnswerForTheDead(SystemMessage message)
    {
        if (message is Watch watch && watch.Watchee.Equals(_self))
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: false));
    }
}
