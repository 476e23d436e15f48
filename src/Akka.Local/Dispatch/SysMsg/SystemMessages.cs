using Akka.Actor;

namespace Akka.Dispatch.SysMsg;

/// <summary>What the runtime tells a cell, ahead of all user messages. An object of it is in one queue at most: <see cref="Next"/> is the queue.</summary>
internal abstract class SystemMessage
{
    internal SystemMessage? Next { get; set; }

    /// <summary>Kept back while the receiver has itself failed or awaits a task.</summary>
    internal virtual bool WaitsForResume => false;

    /// <summary>Kept back while the receiver waits for its children to stop before its (re)creation.</summary>
    internal virtual bool WaitsForChildren => false;
}

internal sealed class Terminate : SystemMessage;

internal sealed class Suspend : SystemMessage
{
    internal override bool WaitsForChildren => true;
}

internal sealed class Resume(Exception? causedByFailure) : SystemMessage
{
    internal Exception? CausedByFailure { get; } = causedByFailure;

    internal override bool WaitsForChildren => true;
}

internal sealed class Recreate(Exception cause) : SystemMessage
{
    internal Exception Cause { get; } = cause;

    internal override bool WaitsForChildren => true;
}

/// <summary>A child failed and waits, suspended, for the decision.</summary>
internal sealed class Failed(LocalActorRef child, Exception cause) : SystemMessage
{
    internal LocalActorRef Child { get; } = child;

    internal Exception Cause { get; } = cause;

    internal override bool WaitsForResume => true;

    internal override bool WaitsForChildren => true;
}

internal sealed class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    internal IInternalActorRef Watchee { get; } = watchee;

    internal IInternalActorRef Watcher { get; } = watcher;
}

internal sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    internal IInternalActorRef Watchee { get; } = watchee;

    internal IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>An actor is gone: to its parent always, and to each watcher.</summary>
internal sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed) : SystemMessage
{
    internal IActorRef Actor { get; } = actor;

    internal bool ExistenceConfirmed { get; } = existenceConfirmed;
}

/// <summary>The next piece of an asynchronous handler.</summary>
internal sealed class RunActorTask(ActorTaskScheduler scheduler, Task task) : SystemMessage
{
    internal void Run() => scheduler.ExecuteTask(task);
}
