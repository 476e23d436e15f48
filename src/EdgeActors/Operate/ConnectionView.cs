using EdgeActors.Connection;

namespace EdgeActors.Operate;

/// <summary>How far a connection has come, as it shows from outside.</summary>
public enum ConnectionState
{
    /// <summary>Its hello is not complete.</summary>
    Peeking,

    /// <summary>The hello is there; router or limiter have yet to answer.</summary>
    Deciding,

    /// <summary>Every server that would do is full.</summary>
    Queued,

    /// <summary>A server is being connected to.</summary>
    Dialling,
    Joined,

    /// <summary>Its end has begun.</summary>
    Closing,
}

/// <summary>One connection at one moment.</summary>
/// <param name="Record">Goes on changing.</param>
/// <param name="Age">Since accept.</param>
/// <param name="Idle">Since the last byte or FIN in either direction; before it was joined, since accept.</param>
public readonly record struct ConnectionView(
    ConnectionRecord Record, ConnectionState State, TimeSpan Age, TimeSpan Idle, long BytesUp, long BytesDown)
{
    public long Id => Record.Link.Id;

    public long Bytes => BytesUp + BytesDown;

    public static ConnectionView Of(ConnectionRecord record, TimeProvider time, long now)
    {
        var link = record.Link;
        var counters = link.Counters;
        var lastMove = counters.JoinedAt == 0 ? link.AcceptedAt : Math.Max(counters.LastUp, counters.LastDown);
        return new ConnectionView(
            record,
            StateOf(record),
            Since(link.AcceptedAt),
            Since(lastMove),
            counters.BytesUp,
            counters.BytesDown);

        // Another thread may have moved a byte after this one has read the clock.
        TimeSpan Since(long then) => then >= now ? TimeSpan.Zero : time.GetElapsedTime(then, now);
    }

    /// <summary>From the record alone: what the actor knows besides is its own.</summary>
    private static ConnectionState StateOf(ConnectionRecord record) => record switch
    {
        { Reason: not CloseReason.None } or { Link.Cause: not Transport.LinkCause.None } => ConnectionState.Closing,
        { Link.Counters.JoinedAt: not 0 } => ConnectionState.Joined,
        { Waiter: not null } => ConnectionState.Queued,
        { Server: not null } => ConnectionState.Dialling,
        { PeekedAt: not 0 } => ConnectionState.Deciding,
        _ => ConnectionState.Peeking,
    };
}
