using Akka.Dispatch.SysMsg;

namespace Akka.Actor.Internal;

// The children: a linked list through their references, so that a hundred thousand of them cost no tables and one more or less costs the same
// as ever. Locked, because the guardians get children from any thread, and selections walk the tree from outside.
internal sealed partial class ActorCell
{
    private Children? _children;

    private bool IsTerminating => _children is { Reason: TerminationReason.Termination };

    private bool IsWaitingForChildren => _children is { Reason: TerminationReason.Recreation or TerminationReason.Creation };

    private bool IsNormal => _children is null or { Reason: TerminationReason.None };

    public IActorRef ActorOf(Props props, string? name = null) => AttachChild(props, name);

    public IActorRef Child(string name) => GetSingleChild(name) ?? (IActorRef)ActorRefs.Nobody;

    public IEnumerable<IActorRef> GetChildren() => Snapshot();

    public void Stop(IActorRef child)
    {
        if (child is LocalActorRef local && ReferenceEquals(local.Parent, _self))
            _children?.MarkDying(local);
        ((IInternalActorRef)child).Stop();
    }

    internal LocalActorRef AttachChild(Props props, string? name)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is not null && !ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException(name.Length == 0
                ? "Actor name must not be empty."
                : $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters and can only contain these special characters: {ActorPath.ValidSymbols}.");
        }

        if (IsClosed)
            throw new InvalidOperationException("Cannot create child while terminating or terminated");

        // An unknown dispatcher or mailbox is the caller's mistake and shows here, not later as a failed child.
        MailboxConfig.Check(_system.Settings, props.Mailbox);
        var dispatcher = _system.Dispatchers.Lookup(props.Dispatcher);
        if (_children is null)
            Interlocked.CompareExchange(ref _children, new Children(), null);
        var child = new LocalActorRef(_system, _self, props, dispatcher, name);
        _children.Add(child);
        child.Start();
        return child;
    }

    internal LocalActorRef? GetSingleChild(string name) => _children?.Find(name);

    internal LocalActorRef[] Snapshot() => _children?.Snapshot() ?? [];

    internal IReadOnlyCollection<ChildRestartStats> RestartStatsOfChildren() => Array.ConvertAll(Snapshot(), static c => c.RestartStats);

    internal void StopChildrenForRestart()
    {
        foreach (var child in Snapshot())
        {
            Unwatch(child);
            Stop(child);
        }
    }

    private void StopChildren()
    {
        foreach (var child in Snapshot())
            Stop(child);
    }

    private void SuspendChildren(IActorRef? except)
    {
        foreach (var child in Snapshot())
        {
            if (!ReferenceEquals(child, except))
                child.Suspend();
        }
    }

    /// <summary>False when no child is on its way out, so that there is nothing to wait for.</summary>
    private bool WaitForChildren(TerminationReason reason, Exception? cause)
    {
        if (_children is null)
        {
            // Nothing to wait for; but the last words of an actor must not start a child.
            if (reason == TerminationReason.Termination)
                Interlocked.CompareExchange(ref _children, Children.Closed, null);
            if (_children is null)
                return false;
        }

        return _children.WaitFor(reason, cause);
    }

    private void HandleChildTerminated(LocalActorRef child)
    {
        var (reason, cause) = _children!.Remove(child);
        if (_actor is not null)
        {
            try
            {
                Strategy.HandleChildTerminated(this, child, []);
            }
            catch (Exception e)
            {
                PublishError(e, "HandleChildTerminated failed");
                HandleInvokeFailure(e);
            }
        }

        switch (reason)
        {
            case TerminationReason.Recreation:
                FinishRecreate(cause!);
                break;
            case TerminationReason.Creation:
                FinishCreate();
                break;
            case TerminationReason.Termination:
                FinishTerminate();
                break;
        }
    }
}
