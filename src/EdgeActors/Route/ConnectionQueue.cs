using Akka.Actor;

namespace EdgeActors.Route;

/// <summary>One connection in a queue.</summary>
/// <param name="Asker">Gets the answer.</param>
/// <param name="Tried">Servers that will not do.</param>
/// <param name="Answer">What it was told for the time being.</param>
internal sealed record Waiter(ConnectionQueue Queue, ServerSeat Seat, IActorRef Asker, ulong Tried, Queued Answer)
{
    /// <summary>False once it was served or has ended.</summary>
    public bool Waits => ReferenceEquals(Seat.Waiter, this);
}

/// <summary>
/// Connections that wait for a server of one backend, the oldest first. The router alone adds and serves; a connection that ends leaves by
/// itself, from any thread, and its place in the list is tidied up later.
/// </summary>
public sealed class ConnectionQueue
{
    /// <summary>Of a server without a pool.</summary>
    internal static readonly ConnectionQueue None = new("", 0);

    private readonly LinkedList<Waiter> _waiters = [];
    private int _count;
    private int _peak;

    /// <param name="backend">Whose.</param>
    /// <param name="max">Waiting at once.</param>
    public ConnectionQueue(string backend, int max)
    {
        Max = max;
        Freed = new ServerFreed(backend);
    }

    public int Max { get; internal set; }

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The most that waited at once.</summary>
    public int Peak => Volatile.Read(ref _peak);

    internal ServerFreed Freed { get; }

    /// <returns>False when it is full, or the connection has ended.</returns>
    internal bool TryAdd(Waiter waiter)
    {
        if (Count >= Max || !waiter.Seat.TryWait(waiter))
            return false;
        // From here on whoever frees a place sees that someone waits; whoever freed one before is seen by the look at the servers after this.
        var count = Interlocked.Increment(ref _count);
        if (count > Peak)
            Volatile.Write(ref _peak, count);
        if (_waiters.Count >= Max)
            Tidy();
        _waiters.AddLast(waiter);
        return true;
    }

    internal void Left() => Interlocked.Decrement(ref _count);

    /// <summary>Goes through those that wait, the oldest first.</summary>
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

    private void Tidy() => Serve(static _ => (false, true));
}
