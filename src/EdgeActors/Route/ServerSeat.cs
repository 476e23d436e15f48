using System.Net;

namespace EdgeActors.Route;

/// <summary>
/// A connection's place at a server, or in the queue for one. The router gives it, the connection gives it back: once, at whatever end, as
/// each change is one exchange of one field. So a server's count neither leaks nor runs ahead of the limit, even when a connection ends while
/// the router's answer is on its way.
/// <code>
///   none --TryTake--> server --LetGo--> none          any of them --End--> ended, for good
///     \--TryWait--> waiter --TryTake--> server
/// </code>
/// </summary>
public abstract class ServerSeat
{
    private static readonly object Ended = new();

    private object? _holds;

    /// <summary>Where the client comes from.</summary>
    public abstract IPAddress ClientAddress { get; }

    /// <summary>The server that counts this connection.</summary>
    public BackendServer? Taken => Volatile.Read(ref _holds) as BackendServer;

    internal Waiter? Waiter => Volatile.Read(ref _holds) as Waiter;

    /// <param name="waiter">Its place in the queue, if it has one, which this uses up.</param>
    /// <returns>False if it has ended, or left the queue.</returns>
    internal bool TryTake(BackendServer server, Waiter? waiter)
    {
        server.Enter();
        if (ReferenceEquals(Interlocked.CompareExchange(ref _holds, server, waiter), waiter))
            return true;
        server.Leave();
        return false;
    }

    internal bool TryWait(Waiter waiter) => Interlocked.CompareExchange(ref _holds, waiter, null) is null;

    internal bool TryLeave(Waiter waiter) => ReferenceEquals(Interlocked.CompareExchange(ref _holds, null, waiter), waiter);

    /// <summary>It moves on.</summary>
    /// <returns>To be told to the router if not null: someone waits for the place.</returns>
    internal ServerFreed? LetGo() => Give(Volatile.Read(ref _holds) is { } held && !ReferenceEquals(held, Ended)
        ? Interlocked.CompareExchange(ref _holds, null, held)
        : null);

    /// <summary>It is over; nothing can be given to it any more.</summary>
    /// <returns>As <see cref="LetGo"/>.</returns>
    internal ServerFreed? End() => Give(Interlocked.Exchange(ref _holds, Ended));

    private static ServerFreed? Give(object? held)
    {
        switch (held)
        {
            case BackendServer server:
                server.Leave();
                return server.Queue.Count > 0 ? server.Queue.Freed : null;
            case Waiter waiter:
                waiter.Queue.Left();
                return null;
            default:
                return null;
        }
    }
}
