namespace Akka.Actor.Internal;

/// <summary>What a cell waits for while children of it stop.</summary>
internal enum TerminationReason
{
    None,
    Recreation,
    Creation,
    Termination,
}

/// <summary>The children of a cell, in the order of their birth. All methods may be called from any thread.</summary>
internal sealed class Children
{
    /// <summary>Of all cells that ended without ever having had a child.</summary>
    internal static readonly Children Closed = new() { Reason = TerminationReason.Termination };

    private LocalActorRef? _first;
    private LocalActorRef? _last;
    private Dictionary<string, LocalActorRef>? _named;
    private int _count;
    private int _dying;
    private long _nextNumber;
    private Exception? _cause;

    internal TerminationReason Reason { get; private set; }

    internal void Add(LocalActorRef child)
    {
        lock (this)
        {
            if (Reason == TerminationReason.Termination)
                throw new InvalidOperationException($"Cannot create child [{child.GivenName ?? "(unnamed)"}] while terminating or terminated");
            if (child.GivenName is not { } name)
                child.Number = _nextNumber++;
            else if (!(_named ??= new Dictionary<string, LocalActorRef>(StringComparer.Ordinal)).TryAdd(name, child))
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            child.Previous = _last;
            if (_last is null)
                _first = child;
            else
                _last.Next = child;
            _last = child;
            child.Place = ChildPlace.Listed;
            _count++;
        }
    }

    internal bool Contains(LocalActorRef child)
    {
        lock (this)
            return child.Place != ChildPlace.None;
    }

    internal void MarkDying(LocalActorRef child)
    {
        lock (this)
        {
            if (child.Place != ChildPlace.Listed)
                return;
            child.Place = ChildPlace.Dying;
            _dying++;
        }
    }

    /// <summary>From now on the last dying child's removal gives the reason back. False when none is dying.</summary>
    internal bool WaitFor(TerminationReason reason, Exception? cause)
    {
        if (ReferenceEquals(this, Closed))
            return false;
        lock (this)
        {
            // Termination is for good even with nobody to wait for: no child may be added to a cell that is about to close.
            if (_dying == 0 && reason != TerminationReason.Termination)
                return false;
            Reason = reason;
            _cause = cause;
            return _dying > 0;
        }
    }

    /// <returns>What the cell was waiting for, if this was the last it waited for.</returns>
    internal (TerminationReason Reason, Exception? Cause) Remove(LocalActorRef child)
    {
        lock (this)
        {
            if (child.Place == ChildPlace.None)
                return default;
            var wasDying = child.Place == ChildPlace.Dying;
            child.Place = ChildPlace.None;
            Unlink(child);
            if (!wasDying || --_dying > 0)
                return default;
            var result = (Reason, _cause);
            if (Reason != TerminationReason.Termination)
                (Reason, _cause) = (TerminationReason.None, null);
            return result;
        }
    }

    internal LocalActorRef? Find(string name)
    {
        lock (this)
        {
            if (_named is not null && _named.TryGetValue(name, out var named))
                return named;
            if (!name.StartsWith('$'))
                return null;

            // Nobody looks up an actor that he did not name, except when debugging.
            for (var child = _first; child is not null; child = child.Next)
            {
                if (child.GivenName is null && child.Name == name)
                    return child;
            }

            return null;
        }
    }

    internal LocalActorRef[] Snapshot()
    {
        if (Volatile.Read(ref _count) == 0)
            return [];
        lock (this)
        {
            var result = new LocalActorRef[_count];
            var i = 0;
            for (var child = _first; child is not null; child = child.Next)
                result[i++] = child;
            return result;
        }
    }

    private void Unlink(LocalActorRef child)
    {
        if (child.Previous is null)
            _first = child.Next;
        else
            child.Previous.Next = child.Next;
        if (child.Next is null)
            _last = child.Previous;
        else
            child.Next.Previous = child.Previous;
        child.Next = child.Previous = null;
        _count--;
        if (child.GivenName is { } name)
            _named!.Remove(name);
    }
}

internal enum ChildPlace : byte
{
    None,
    Listed,

    /// <summary>Listed, and told to stop by its parent.</summary>
    Dying,
}
