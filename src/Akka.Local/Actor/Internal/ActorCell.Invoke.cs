using Akka.Dispatch.SysMsg;

namespace Akka.Actor.Internal;

// How one message reaches the actor.
internal sealed partial class ActorCell
{
    public void Become(Receive receive) => _receive = receive;

    public void BecomeStacked(Receive receive)
    {
        (Extras.Behaviors ??= new Stack<Receive?>()).Push(_receive);
        _receive = receive;
    }

    public void Become(UntypedReceive receive) => Become(Handling(receive));

    public void BecomeStacked(UntypedReceive receive) => BecomeStacked(Handling(receive));

    public void UnbecomeStacked()
    {
        if (_extras?.Behaviors is { Count: > 0 } behaviors)
            _receive = behaviors.Pop() ?? _actor?.BaseReceive();
    }

    internal void AsyncHandlerDone(object? message)
    {
        ResumeMailbox();
        _currentMessage = null;
        if (_extras?.ReceiveTimer is { } timer && message is not INotInfluenceReceiveTimeout)
            timer.Touch();
    }

    internal void AsyncHandlerFailed(Exception cause)
    {
        ResumeMailbox();
        HandleInvokeFailure(cause);
    }

    private static Receive Handling(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    private void Invoke(object message, IActorRef? sender)
    {
        _currentMessage = message;
        _sender = sender;
        StashedCurrent = false;
        try
        {
            if (message is IAutoReceivedMessage)
                AutoReceive(message);
            else
                ReceiveMessage(message);

            // The message of a failure is kept: PreRestart gets it.
            if (_failed is null)
                _currentMessage = null;
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }

        if (_extras?.ReceiveTimer is { } timer && message is not INotInfluenceReceiveTimeout)
            timer.Touch();
    }

    private void ReceiveMessage(object message)
    {
        if (_actor is { } actor)
            actor.AroundReceive(_receive!, message);
    }

    private void AutoReceive(object message)
    {
        switch (message)
        {
            case TimerMessage timer:
                if (timer.Claim(_extras?.Timers) is not { } due)
                    break;
                _currentMessage = due;
                if (due is IAutoReceivedMessage)
                    AutoReceive(due);
                else
                    ReceiveMessage(due);
                break;
            case ReceiveTimeoutTick tick:
                if (!tick.Timer.IsDue())
                    break;
                _currentMessage = Actor.ReceiveTimeout.Instance;
                ReceiveMessage(Actor.ReceiveTimeout.Instance);
                break;
            case Terminated terminated:
                ReceiveTerminated(terminated);
                break;
            case PoisonPill:
                _self.Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self);
                break;
            default:
                ReceiveMessage(message);
                break;
        }
    }

    private void InvokeSystemMessage(SystemMessage message)
    {
        if (MustWait(message))
        {
            (Extras.KeptBack ??= new Queue<SystemMessage>()).Enqueue(message);
            return;
        }

        try
        {
            switch (message)
            {
                case DeathWatchNotification notification:
                    WatchedActorTerminated(notification.Actor, notification.ExistenceConfirmed);
                    break;
                case Terminate:
                    TerminateSelf();
                    break;
                case Watch watch:
                    AddWatcher(watch.Watchee, watch.Watcher);
                    break;
                case Unwatch unwatch:
                    RemoveWatcher(unwatch.Watchee, unwatch.Watcher);
                    break;
                case RunActorTask task:
                    task.Run();
                    break;
                case Failed failed:
                    HandleFailed(failed);
                    break;
                case Recreate recreate:
                    FaultRecreate(recreate.Cause);
                    break;
                case Suspend:
                    SuspendMailbox();
                    SuspendChildren(except: null);
                    break;
                case Resume resume:
                    FaultResume(resume.CausedByFailure);
                    break;
            }
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause, message as Failed);
        }

        ReplayKeptBack();
    }

    private bool MustWait(SystemMessage message) =>
        (message.WaitsForChildren && IsWaitingForChildren) || (message.WaitsForResume && IsMailboxSuspended);

    /// <summary>Once the cell can take them again, messages that were kept back are handled in their order.</summary>
    private void ReplayKeptBack()
    {
        var keptBack = _extras?.KeptBack;
        for (var count = keptBack?.Count ?? 0; count > 0 && !IsClosed && keptBack!.TryPeek(out var first) && !MustWait(first); count--)
            InvokeSystemMessage(keptBack.Dequeue());
    }
}
