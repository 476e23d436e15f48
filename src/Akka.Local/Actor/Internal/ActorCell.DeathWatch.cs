using Akka.Dispatch.SysMsg;

namespace Akka.Actor.Internal;

// Watching and being watched.
internal sealed partial class ActorCell
{
    // Nothing, one watcher, or a HashSet of them: most actors have one at most.
    private object? _watchedBy;

    public IActorRef Watch(IActorRef subject) => StartWatching(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message) =>
        StartWatching(subject, message ?? throw new ArgumentNullException(nameof(message)));

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_extras is not { } extras || ReferenceEquals(subject, _self))
            return subject;
        if (extras.Watching?.Remove(subject) == true && subject is IInternalActorRef actor)
            actor.SendSystemMessage(new Unwatch(actor, _self));
        extras.TerminatedQueued?.Remove(subject);
        return subject;
    }

    private IActorRef StartWatching(IActorRef subject, object? message)
    {
        if (ReferenceEquals(subject, _self))
            return subject;

        // Who watches already goes on as he began: the first message stays.
        if ((Extras.Watching ??= []).TryAdd(subject, message))
        {
            var actor = (IInternalActorRef)subject;
            actor.SendSystemMessage(new Watch(actor, _self));
        }

        return subject;
    }

    /// <summary>
    /// <see cref="Terminated"/> goes through the own mailbox, behind everything that the dead one told before. Only then is the child forgotten,
    /// yet before the message can be received: whoever receives it can give the name again.
    /// </summary>
    private void WatchedActorTerminated(IActorRef actor, bool existenceConfirmed)
    {
        if (_extras?.Watching is { } watching && watching.Remove(actor, out var message) && !IsTerminating)
        {
            (_extras.TerminatedQueued ??= [])[actor] = message;
            SendMessage(new Terminated(actor, existenceConfirmed, addressTerminated: false), actor);
        }

        if (actor is LocalActorRef child && ReferenceEquals(child.Parent, _self))
            HandleChildTerminated(child);
    }

    private void ReceiveTerminated(Terminated terminated)
    {
        if (_extras?.TerminatedQueued is not { } queued || !queued.Remove(terminated.ActorRef, out var message))
            return;
        _currentMessage = message ?? terminated;
        ReceiveMessage(_currentMessage);
    }

    /// <summary>A stashed <see cref="Terminated"/> comes a second time.</summary>
    internal void ExpectTerminatedAgain(Terminated terminated) => (Extras.TerminatedQueued ??= [])[terminated.ActorRef] = null;

    private void AddWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (!watchee.Equals(_self) || watcher.Equals(_self))
            return;
        switch (_watchedBy)
        {
            case null:
                _watchedBy = watcher;
                break;
            case HashSet<IActorRef> many:
                many.Add(watcher);
                break;
            case IActorRef one when !one.Equals(watcher):
                _watchedBy = new HashSet<IActorRef> { one, watcher };
                break;
        }
    }

    private void RemoveWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (!watchee.Equals(_self))
            return;
        if (_watchedBy is HashSet<IActorRef> many)
            many.Remove(watcher);
        else if (watcher.Equals(_watchedBy))
            _watchedBy = null;
    }

    private void TellWatchers()
    {
        if (_watchedBy is HashSet<IActorRef> many)
        {
            foreach (var watcher in many)
                TellWatcher(watcher);
        }
        else if (_watchedBy is IActorRef one)
        {
            TellWatcher(one);
        }

        _watchedBy = null;
    }

    private void TellWatcher(IActorRef watcher)
    {
        // The parent has been told in any case.
        if (!ReferenceEquals(watcher, _self.Parent))
            ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: true));
    }

    private void UnwatchAll()
    {
        if (_extras?.Watching is not { Count: > 0 } watching)
            return;
        foreach (var subject in watching.Keys)
        {
            if (subject is IInternalActorRef actor)
                actor.SendSystemMessage(new Unwatch(actor, _self));
        }

        watching.Clear();
        _extras.TerminatedQueued?.Clear();
    }
}
