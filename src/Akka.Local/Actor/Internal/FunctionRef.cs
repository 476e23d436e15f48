using Akka.Dispatch.SysMsg;

namespace Akka.Actor.Internal;

/// <summary>A reference whose messages go to a function, on the thread of the sender. It can be watched and can watch.</summary>
internal sealed class FunctionRef(ActorSystemImpl system, ActorPath path, Action<IActorRef, object> tell) : MinimalActorRef
{
    private readonly HashSet<IActorRef> _watchedBy = [];
    private readonly HashSet<IActorRef> _watching = [];
    private bool _stopped;

    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider => system.Provider;

    public override bool IsTerminated
    {
        get
        {
            lock (_watchedBy)
                return _stopped;
        }
    }

    public void Watch(IActorRef subject)
    {
        lock (_watchedBy)
        {
            if (!_watching.Add(subject))
                return;
        }

        var actor = (IInternalActorRef)subject;
        actor.SendSystemMessage(new Watch(actor, this));
    }

    public void Unwatch(IActorRef subject)
    {
        lock (_watchedBy)
        {
            if (!_watching.Remove(subject))
                return;
        }

        var actor = (IInternalActorRef)subject;
        actor.SendSystemMessage(new Unwatch(actor, this));
    }

    public override void Stop()
    {
        IActorRef[] watchers;
        IActorRef[] watching;
        lock (_watchedBy)
        {
            if (_stopped)
                return;
            _stopped = true;
            watchers = [.. _watchedBy];
            watching = [.. _watching];
            _watchedBy.Clear();
            _watching.Clear();
        }

        foreach (var watcher in watchers)
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true));
        foreach (var subject in watching.Cast<IInternalActorRef>())
            subject.SendSystemMessage(new Unwatch(subject, this));
    }

    protected override void TellInternal(object message, IActorRef? sender)
    {
        if (IsTerminated)
            system.DeadLetters.Tell(DeadLetterRef.Wrap(message, sender, this), sender);
        else
            tell(sender ?? system.DeadLetters, message);
    }

    internal override void SendSystemMessage(SystemMessage message)
    {
        switch (message)
        {
            case Terminate:
                Stop();
                break;
            case Watch watch:
                bool stopped;
                lock (_watchedBy)
                {
                    stopped = _stopped;
                    if (!stopped)
                        _watchedBy.Add(watch.Watcher);
                }

                if (stopped)
                    watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, existenceConfirmed: true));
                break;
            case Unwatch unwatch:
                lock (_watchedBy)
                    _watchedBy.Remove(unwatch.Watcher);
                break;
            case DeathWatchNotification notification:
                lock (_watchedBy)
                {
                    if (!_watching.Remove(notification.Actor))
                        break;
                }

                tell(notification.Actor, new Terminated(notification.Actor, notification.ExistenceConfirmed, addressTerminated: false));
                break;
        }
    }
}
