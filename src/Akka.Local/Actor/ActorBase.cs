using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Actor;

#nullable disable annotations

/// <summary>What every actor class derives from. All of it runs on one thread at a time.</summary>
public abstract class ActorBase : IInternalActor
{
    private readonly ActorCell _cell;

    protected ActorBase()
    {
        _cell = ActorCell.Current ?? throw new ActorInitializationException(
            $"You cannot create an instance of [{GetType()}] explicitly using the constructor (new). Use ActorOf with Props instead.");
        if (this is IWithTimers withTimers && _cell.IsCreating)
            _cell.GiveTimers(withTimers);
    }

    protected static IActorContext Context => ActorCell.Current
        ?? throw new NotSupportedException("There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    protected static Receive EmptyReceive { get; } = static _ => false;

    protected IActorRef Self => _cell.Self;

    protected IActorRef Sender => _cell.Sender;

    IActorContext IInternalActor.ActorContext => _cell;

    protected abstract bool Receive(object message);

    internal Receive BaseReceive() => Receive;

    protected internal virtual bool AroundReceive(Receive receive, object message)
    {
        if (receive(message))
            return true;
        Unhandled(message);
        return false;
    }

    /// <summary>A message that no handler took: goes to the event stream, or, for <see cref="Terminated"/>, breaks the death pact.</summary>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
            throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    protected void Become(Receive receive) => _cell.Become(receive);

    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    /// <summary>Runs before the first message, on a thread of the dispatcher.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Runs once at the end of an instance that is not restarted.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Runs on the failed instance. This one stops the children and calls <see cref="PostStop"/>; override it to keep them.</summary>
    protected virtual void PreRestart(Exception reason, object message)
    {
        _cell.StopChildrenForRestart();
        PostStop();
    }

    /// <summary>Runs on the new instance. This one calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Decides about failed children. Asked once per instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    internal SupervisorStrategy StrategyOfClass() => SupervisorStrategy();

    public virtual void AroundPreStart() => PreStart();

    public virtual void AroundPostStop()
    {
        (this as IWithTimers)?.Timers?.CancelAll();
        PostStop();
    }

    public virtual void AroundPreRestart(Exception cause, object message)
    {
        (this as IWithTimers)?.Timers?.CancelAll();
        PreRestart(cause, message);
    }

    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);
}

public interface IInternalActor
{
    IActorContext ActorContext { get; }
}
