using Akka.Actor;

namespace EdgeActors.Routing;

/// <param name="Tried">Servers that will not do.</param>
/// <param name="Answer">What it was told when it began to wait.</param>
internal sealed record Waiter(ConnectionQueue Queue, ServerLease Lease, IActorRef Asker, ulong Tried, Queued Answer)
{
    /// <summary>False once it was served or has ended.</summary>
    public bool Waits => ReferenceEquals(Lease.Waiter, this);
}

/// <summary>
/// Connections that wait for a server of one backend, the oldest first. The router alone adds and serves. A connection that ends leaves
/// from any thread, and the router removes its list entry later.
/// </summary>
public sealed class ConnectionQueue(string backend)
{
    private readonly LinkedList<Waiter> _waiters = [];
    private int _count;
    private int _peak;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The highest count so far.</summary>
    public int Peak => Volatile.Read(ref _peak);

    internal ServerFreed Freed { get; } = new(backend);

    /// <param name="max">Connections that may wait at once.</param>
    /// <returns>False when it is full, or the connection has ended.</returns>
    internal bool TryAdd(Waiter waiter, int max)
    {
        if (Count >= max || !waiter.Lease.TryWait(waiter))
            return false;
        // A connection that releases its lease from now on sees the waiter; the router tries the servers again for earlier ones.
        var count = Interlocked.Increment(ref _count);
        if (count > Peak)
            Volatile.Write(ref _peak, count);
        if (_waiters.Count >= max)
            Serve(static _ => (false, true)); // Removes those that no longer wait.
        _waiters.AddLast(waiter);
        return true;
    }

    internal void Left() => Interlocked.Decrement(ref _count);

    /// <summary>Goes through the waiters, the oldest first.</summary>
    /// <param name="serve">Says whether this one is done with, and whether to go on to the next.</param>
    internal void Serve(Func<Waiter, (bool Done, bool GoOn)> serve)
    {
        for (var node = _waiters.First; node is not null;)
        {
            var next = node.Next;
            var (done, goOn) = node.Value.Waits ? serve(node.Value) : (true, true);
            if (done)
                _waiters.Remove(node);
            if (!goOn)
                return;
            node = next;
        }
    }
}
