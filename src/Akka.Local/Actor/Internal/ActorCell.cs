using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor.Internal;

/// <summary>
/// The running part of an actor: mailbox, instance, children, watches. It is its own item of work for a dispatcher and
/// runs on one thread at a time. When the actor has stopped only an empty shell is left to whoever keeps the reference.
/// </summary>
internal sealed partial class ActorCell : IUntypedActorContext, IRunnable, ICell
{
    [ThreadStatic]
    private static ActorCell? t_current;

    private readonly ActorSystemImpl _system;
    private readonly LocalActorRef _self;
    private Props _props;
    private ActorBase? _actor;
    private Receive? _receive;
    private object? _currentMessage;
    private IActorRef? _sender;
    private CellExtras? _extras;

    internal ActorCell(ActorSystemImpl system, LocalActorRef self, Props props, MessageDispatcher dispatcher)
    {
        _system = system;
        _self = self;
        _props = props;
        Dispatcher = dispatcher;
        _queue = MessageQueue.Create();
    }

    /// <summary>The cell that the running thread is in. Tests put a thread into one, to send in the name of its actor.</summary>
    internal static ActorCell? Current
    {
        get => t_current;
        set => t_current = value;
    }

    public IActorRef Self => _self;

    public Props Props => _props;

    public IActorRef Sender => _sender ?? _system.DeadLetters;

    public ActorSystem System => _system;

    public IActorRef Parent => _self.Parent;

    public MessageDispatcher Dispatcher { get; }

    public TimeSpan? ReceiveTimeout => _extras?.ReceiveTimeout;

    internal ActorSystemImpl SystemImpl => _system;

    internal object? CurrentMessage => _currentMessage;

    /// <summary>Null when the message had none.</summary>
    internal IActorRef? CurrentSender => _sender;

    internal Type ActorType => _actor?.GetType() ?? _props.Type;

    /// <summary>An actor's constructor may run now.</summary>
    internal bool IsCreating { get; private set; }

    internal ActorTaskScheduler TaskScheduler => Extras.TaskScheduler ??= new ActorTaskScheduler(this);

    private CellExtras Extras => _extras ??= new CellExtras();

    internal static IActorRef GetCurrentSelfOrNoSender() => t_current?._self!;

    internal static IActorRef GetCurrentSenderOrNoSender() => t_current is { } cell ? cell.Sender : ActorRefs.NoSender;

    public ActorSelection ActorSelection(ActorPath actorPath) => ActorSelections.For(actorPath, _system);

    public ActorSelection ActorSelection(string actorPath) => ActorSelections.For(actorPath, _system, _self);

    internal void RestoreMessage(object? message, IActorRef? sender)
    {
        _currentMessage = message;
        _sender = sender;
    }

    private void PublishError(Exception cause, string message)
    {
        try
        {
            _system.EventStream.Publish(new Error(cause, _self.Path.ToString(), ActorType, message));
        }
        catch (Exception e)
        {
            // A subscriber that throws in its Tell must not take the cell's own bookkeeping down with it.
            Console.Error.WriteLine($"{_self.Path}: {message}: {cause}; could not be logged: {e.Message}");
        }
    }
}

/// <summary>What few actors need, so that the others do not pay for it.</summary>
internal sealed class CellExtras
{
    internal Stack<Receive?>? Behaviors { get; set; }

    internal ActorTaskScheduler? TaskScheduler { get; set; }

    internal SupervisorStrategy? Strategy { get; set; }

    internal TimeSpan? ReceiveTimeout { get; set; }

    internal ReceiveTimeoutTimer? ReceiveTimer { get; set; }

    internal Dictionary<IActorRef, object?>? Watching { get; set; }

    internal Dictionary<IActorRef, object?>? TerminatedQueued { get; set; }

    internal Queue<Dispatch.SysMsg.SystemMessage>? KeptBack { get; set; }

    internal TimerScheduler? Timers { get; set; }

    internal StashImpl? Stash { get; set; }
}
