namespace EdgeActors.Transport;

/// <summary>Limits the connections of all listeners together (<c>limits.max-connections</c>). At the limit accepting stops and clients stay
/// in the backlog. A slot is taken after accept, so each further listener may exceed the limit by one.</summary>
public sealed class AcceptGate(int limit)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _waiters;
    private int _inUse;
    private long _pauses;
    private int _limit = limit;

    public int Limit => Volatile.Read(ref _limit);

    public int InUse => Volatile.Read(ref _inUse);

    /// <summary>How often the limit stopped accepting.</summary>
    public long Pauses => Interlocked.Read(ref _pauses);

    public bool IsFree => InUse < Limit;

    public void Enter() => Interlocked.Increment(ref _inUse);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _inUse) < Limit && Volatile.Read(ref _waiters) is not null)
            Announce();
    }

    /// <summary>Changes the limit; open connections stay.</summary>
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

    public ValueTask WhenFree()
    {
        if (InUse < Limit)
            return ValueTask.CompletedTask;
        lock (_lock)
        {
            var waiters = _waiters ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            // A slot freed before the waiter was registered would not be announced.
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
