using System.Runtime.ExceptionServices;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor.Internal;

// Failure and recovery.
//
//   running --throw--> failed (mailbox and children suspended, parent told)
//     failed --Resume----> running, same instance
//     failed --Recreate--> PreRestart, wait for children that are stopping, new instance, PostRestart, surviving children restarted
//     failed --Terminate-> wait for all children, PostStop, closed
internal sealed partial class ActorCell
{
    /// <summary>Who failed: the actor itself, or the child whose failure it could not handle. Null while all is well.</summary>
    private IActorRef? _failed;

    private SupervisorStrategy Strategy => Extras.Strategy ??= _props.SupervisorStrategy ?? _actor?.StrategyOfClass() ?? SupervisorStrategy.DefaultStrategy;

    private void HandleInvokeFailure(Exception cause, Failed? childFailure = null, LocalActorRef[]? survivors = null)
    {
        // A second failure while the decision about the first one is due changes nothing.
        if (_failed is not null || IsClosed)
            return;
        SuspendMailbox();
        _failed = childFailure?.Child ?? _self;
        foreach (var child in Snapshot())
        {
            if (!ReferenceEquals(child, childFailure?.Child) && (survivors is null || !survivors.Contains(child)))
                child.Suspend();
        }

        ((IInternalActorRef)_self.Parent).SendSystemMessage(new Failed(_self, cause));
    }

    private void HandleFailed(Failed failed)
    {
        _sender = failed.Child;
        if (_children?.Contains(failed.Child) != true)
            return;
        if (!Strategy.HandleFailure(this, failed.Child, failed.Cause))
            ExceptionDispatchInfo.Capture(failed.Cause).Throw();
    }

    private void FaultRecreate(Exception cause)
    {
        if (!IsNormal)
        {
            // It is on its way out; only the count of suspensions must stay right.
            FaultResume(null);
            return;
        }

        if (_actor is not { } failedActor)
        {
            FaultCreate();
            return;
        }

        SetReceiveTimeout(null);
        try
        {
            failedActor.AroundPreRestart(cause, _currentMessage!);
            _extras?.Stash?.UnstashAll();
        }
        catch (Exception e)
        {
            PublishError(new PreRestartException(_self, e, cause, _currentMessage), e.Message);
        }
        finally
        {
            ClearActor();
        }

        if (!WaitForChildren(TerminationReason.Recreation, cause))
            FinishRecreate(cause);
    }

    private void FinishRecreate(Exception cause)
    {
        var survivors = Snapshot();
        try
        {
            ResumeMailbox();
            _failed = null;
            _currentMessage = null;
            if (_extras is not null)
                _extras.Strategy = null;
            _actor = NewActor();
            _actor.AroundPostRestart(cause, null!);
            foreach (var survivor in survivors)
                survivor.Restart(cause);
        }
        catch (Exception e)
        {
            ClearActor();
            HandleInvokeFailure(new PostRestartException(_self, e, cause), null, survivors);
        }
    }

    private void FaultResume(Exception? causedByFailure)
    {
        if (_actor is null && IsNormal)
        {
            FaultCreate();
            return;
        }

        var perpetrator = _failed;
        ResumeMailbox();
        if (causedByFailure is not null)
            _failed = null;
        foreach (var child in Snapshot())
            child.Resume(ReferenceEquals(child, perpetrator) ? causedByFailure : null);
    }

    private void FaultCreate()
    {
        SetReceiveTimeout(null);
        StopChildren();
        if (!WaitForChildren(TerminationReason.Creation, null))
            FinishCreate();
    }

    private void FinishCreate()
    {
        ResumeMailbox();
        _failed = null;
        Begin();
    }
}
