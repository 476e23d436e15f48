using System.Reflection;

namespace Akka.Actor.Internal;

// Birth and death.
internal sealed partial class ActorCell
{
    private void Begin()
    {
        try
        {
            Create();
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
    }

    private void Create()
    {
        try
        {
            _actor = NewActor();
            _actor.AroundPreStart();
        }
        catch (Exception e)
        {
            ClearActor();
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new ActorInitializationException(_self, "Exception during creation", cause);
        }
    }

    private ActorBase NewActor()
    {
        _receive = null;
        _extras?.Behaviors?.Clear();
        IsCreating = true;
        ActorBase actor;
        try
        {
            actor = _props.NewActor() ?? throw new ActorInitializationException(_self, "Props.NewActor can't return null");
        }
        finally
        {
            IsCreating = false;
        }

        if (actor is IActorStash stashing)
            stashing.Stash = Extras.Stash = new StashImpl(this, unbounded: stashing is IWithUnboundedStash);
        (actor as IInitializableActor)?.Init();
        _receive ??= actor.BaseReceive();
        return actor;
    }

    /// <summary>Called by the constructor of the actor, so that timers are there already in what follows it.</summary>
    internal void GiveTimers(IWithTimers actor) => actor.Timers = Extras.Timers = new TimerScheduler(this);

    private void TerminateSelf()
    {
        SetReceiveTimeout(null);
        UnwatchAll();
        StopChildren();
        var wasTerminating = IsTerminating;
        if (WaitForChildren(TerminationReason.Termination, null))
        {
            if (wasTerminating)
                return;

            // No more user messages, and a failure from here on is nobody's business.
            SuspendMailbox();
            _failed = _self;
        }
        else
        {
            FinishTerminate();
        }
    }

    /// <summary>
    /// The order matters: the mailbox is closed before anybody hears of the death, and the parent hears of it first, so that the name is free
    /// when watchers do.
    /// </summary>
    private void FinishTerminate()
    {
        try
        {
            _actor?.AroundPostStop();
            _extras?.Stash?.UnstashAll();
        }
        catch (Exception e)
        {
            PublishError(e, e.Message);
        }

        Close();
        Dispatcher.Detach(this);
        ((IInternalActorRef)_self.Parent).SendSystemMessage(new Dispatch.SysMsg.DeathWatchNotification(_self, existenceConfirmed: true));
        TellWatchers();
        UnwatchAll();
        _self.ForgetSubscription();
        ClearActor();
        _receive = null;
        _currentMessage = null;
        _sender = null;
        _props = Props.Empty;
        _failed = null;
    }

    private void ClearActor()
    {
        var actor = _actor;
        _actor = null;
        if (actor is null)
            return;
        try
        {
            (actor as IDisposable)?.Dispose();
        }
        catch (Exception e)
        {
            PublishError(e, $"An error occurred while disposing {actor.GetType()} actor. Reason: {e.Message}");
        }

        _props.Release(actor);
    }
}

/// <summary>An actor that has something to do between its constructor and its first message.</summary>
internal interface IInitializableActor
{
    void Init();
}
