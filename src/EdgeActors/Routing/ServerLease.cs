using Akka.Actor;
using EdgeActors.Telemetry;
using EdgeActors.Telemetry.Traffic;
using EdgeActors.Transport;

namespace EdgeActors.Routing;

/// <summary>
/// A connection's lease on a server, or its place in the queue. The router grants it and the connection releases it exactly once,
/// by atomic exchange, so the counts stay correct even if the connection ends before the router's answer arrives.
/// <code>
///   none --TryTake--> server --Release--> none          any of them --End--> ended, for good
///     \--TryWait--> waiter --TryTake--> server
/// </code>
/// </summary>
public abstract class ServerLease(Link link, FrontendTraffic traffic, IActorRef connection) : ConnectionRecord(link, traffic, connection)
{
    private static readonly object Ended = new();

    private object? _holds;

    /// <summary>The server that counts this connection.</summary>
    public ServerState? Taken => Volatile.Read(ref _holds) as ServerState;

    internal Waiter? Waiter => Volatile.Read(ref _holds) as Waiter;

    /// <param name="waiter">The queue entry, which is used up; may be null.</param>
    /// <returns>False if the connection has ended or left the queue.</returns>
    internal bool TryTake(ServerState server, Waiter? waiter)
    {
        server.Enter();
        if (ReferenceEquals(Interlocked.CompareExchange(ref _holds, server, waiter), waiter))
            return true;
        server.Leave();
        return false;
    }

    internal bool TryWait(Waiter waiter) => Interlocked.CompareExchange(ref _holds, waiter, null) is null;

    internal bool TryLeave(Waiter waiter)
    {
        if (!ReferenceEquals(Interlocked.CompareExchange(ref _holds, null, waiter), waiter))
            return false;
        waiter.Queue.Left();
        return true;
    }

    /// <summary>Releases the lease before the next server.</summary>
    /// <returns>A message for the router if another connection waits, else null.</returns>
    internal ServerFreed? Release() => GiveBack(Volatile.Read(ref _holds) is { } held && !ReferenceEquals(held, Ended)
        ? Interlocked.CompareExchange(ref _holds, null, held)
        : null);

    /// <summary>The connection has ended: nothing more can be granted.</summary>
    /// <returns>As <see cref="Release"/>.</returns>
    internal ServerFreed? End() => GiveBack(Interlocked.Exchange(ref _holds, Ended));

    private static ServerFreed? GiveBack(object? held)
    {
        switch (held)
        {
            case ServerState server:
                server.Leave();
                var queue = server.Backend.Queue;
                return queue.Count > 0 ? queue.Freed : null;
            case Waiter waiter:
                waiter.Queue.Left();
                return null;
            default:
                return null;
        }
    }
}

/// <param name="Tried">Servers to exclude.</param>
/// <param name="Answer">The answer that put it into the queue.</param>
internal sealed record Waiter(ConnectionQueue Queue, ServerLease Lease, IActorRef Asker, ulong Tried, Queued Answer)
{
    /// <summary>False once served or ended.</summary>
    public bool Waits => ReferenceEquals(Lease.Waiter, this);
}

/// <summary>The queue of one backend, oldest first. Only the router adds and serves. A connection may leave from any thread; the router
/// removes its entry later.</summary>
public sealed class ConnectionQueue(string backend)
{
    private readonly LinkedList<Waiter> _waiters = [];
    private int _count;
    private int _peak;

    public int Count => Volatile.Read(ref _count);

    public int Peak => Volatile.Read(ref _peak);

    internal ServerFreed Freed { get; } = new(backend);

    /// <param name="max">Queue limit.</param>
    /// <returns>False if the queue is full or the connection has ended.</returns>
    internal bool TryAdd(Waiter waiter, int max)
    {
        if (Count >= max || !waiter.Lease.TryWait(waiter))
            return false;
        // A lease released from now on sees the waiter; for earlier ones the router tries the servers again.
        var count = Interlocked.Increment(ref _count);
        if (count > Peak)
            Volatile.Write(ref _peak, count);
        if (_waiters.Count >= max)
            Serve(static _ => (false, true)); // Removes those that no longer wait.
        _waiters.AddLast(waiter);
        return true;
    }

    internal void Left() => Interlocked.Decrement(ref _count);

    /// <summary>Visits the waiters, oldest first.</summary>
    /// <param name="serve">Returns whether this waiter is done, and whether to continue.</param>
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
