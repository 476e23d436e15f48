namespace EdgeActors.Transport;

/// <summary>
/// Bounds the connections of all listeners together (<c>limits.max-connections</c>). When it is full, nobody is refused: accepting
/// stops and peers wait in the kernel's backlog. A slot is taken after accept, so each further listener may exceed the limit by one.
/// </summary>
public sealed class AcceptGate(int limit)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiters;
    private int _inUse;
    private long _pauses;
    private int _limit = limit;

    public int Limit => Volatile.Read(ref _limit);

    public int InUse => Volatile.Read(ref _inUse);

    /// <summary>How often accepting had to stop.</summary>
    public long Pauses => Interlocked.Read(ref _pauses);

    public void Enter() => Interlocked.Increment(ref _inUse);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _inUse) < Limit && Volatile.Read(ref _waiters) is not null)
            Announce();
    }

    /// <summary>Another limit. Who is in already, stays.</summary>
    internal void Resize(int limit)
    {
        Volatile.Write(ref _limit, limit);
        if (InUse < limit)
            Announce();
    }

    private void Announce()
    {
        TaskCompletionSource? waiters;
        lock (_lock)
        {
            waiters = _waiters;
            _waiters = null;
        }
        waiters?.TrySetResult();
    }

    /// <summary>Completes when a slot is free.</summary>
    public ValueTask WhenFree()
    {
        if (InUse < Limit)
            return ValueTask.CompletedTask;
        lock (_lock)
        {
            var waiters = _waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // A slot that came free before the waiter was seen would never be announced.
            if (InUse < Limit)
            {
                _waiters = null;
                waiters.TrySetResult();
            }
            else
            {
                Interlocked.Increment(ref _pauses);
            }
            return new ValueTask(waiters.Task);
        }
    }
}
